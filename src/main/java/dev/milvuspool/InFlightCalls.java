package dev.milvuspool;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The calls in flight on a connection. A call takes one of a few places, which allocates nothing
 * and touches little memory; those that find none are kept in a set.
 */
final class InFlightCalls {
  /** Of a call that is in the set. */
  private static final int NO_PLACE = -1;

  /** References in one cache line; a power of two. */
  private static final int PLACES = 16;

  /** How many places a call looks at. */
  private static final int TRIES = 4;

  private final AtomicReferenceArray<@Nullable InFlightCall> places =
      new AtomicReferenceArray<>(PLACES);
  private final Set<InFlightCall> others = ConcurrentHashMap.newKeySet();

  void add(InFlightCall call) {
    int first = (int) Thread.currentThread().getId();
    for (int i = first; i < first + TRIES; i++) {
      int place = i & (PLACES - 1);
      if (places.get(place) == null && places.compareAndSet(place, null, call)) {
        call.setPlace(place);
        return;
      }
    }
    call.setPlace(NO_PLACE);
    others.add(call);
  }

  /** To be called by the thread that added it. */
  void remove(InFlightCall call) {
    if (call.place() == NO_PLACE) {
      others.remove(call);
    } else {
      places.setRelease(call.place(), null);
    }
  }

  /** Those that were there when it was called, and perhaps some that came or went since. */
  List<InFlightCall> list() {
    List<InFlightCall> calls = new ArrayList<>(others);
    for (int place = 0; place < PLACES; place++) {
      InFlightCall call = places.get(place);
      if (call != null) {
        calls.add(call);
      }
    }
    return calls;
  }
}
