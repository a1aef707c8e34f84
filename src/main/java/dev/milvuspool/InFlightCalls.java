package dev.milvuspool;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The calls in flight on a connection. A call takes one of a few places, which allocates nothing
 * and touches little memory. There are more of them once many calls have been in flight at a time;
 * those that still find none are kept in a set.
 */
final class InFlightCalls {
  /** References in one cache line; a power of two. */
  private static final int FEWEST = 16;

  private static final int MOST = 256;
  private static final int GROWTH = 4;

  private static final AtomicReferenceFieldUpdater<InFlightCalls, Places> PLACES =
      AtomicReferenceFieldUpdater.newUpdater(InFlightCalls.class, Places.class, "places");

  private final Set<InFlightCall> others = ConcurrentHashMap.newKeySet();
  private volatile Places places = new Places(FEWEST, null);

  void add(InFlightCall call) {
    Places current = places;
    if (current.take(call)) {
      return;
    }
    if (current.number() < MOST) {
      PLACES.compareAndSet(this, current, new Places(GROWTH * current.number(), current));
      if (places.take(call)) {
        return;
      }
    }
    call.setPlace(null, 0);
    others.add(call);
  }

  /** To be called by the thread that added it. */
  void remove(InFlightCall call) {
    Places taken = call.places();
    if (taken == null) {
      others.remove(call);
    } else {
      taken.leave(call.place());
    }
  }

  /** Those that were there when it was called, and perhaps some that came or went since. */
  List<InFlightCall> list() {
    List<InFlightCall> calls = new ArrayList<>(others);
    for (Places each = places; each != null; each = each.fewer) {
      each.addTo(calls);
    }
    return calls;
  }

  /** A number of places, and those that there were before, which may still be taken. */
  static final class Places {
    /** How many a call looks at. */
    private static final int TRIES = 4;

    private final AtomicReferenceArray<@Nullable InFlightCall> calls;
    private final @Nullable Places fewer;

    private Places(int number, @Nullable Places fewer) {
      calls = new AtomicReferenceArray<>(number);
      this.fewer = fewer;
    }

    int number() {
      return calls.length();
    }

    private boolean take(InFlightCall call) {
      int first = (int) Thread.currentThread().getId();
      for (int i = first; i < first + TRIES; i++) {
        int place = i & (number() - 1);
        if (calls.get(place) == null && calls.compareAndSet(place, null, call)) {
          call.setPlace(this, place);
          return true;
        }
      }
      return false;
    }

    private void leave(int place) {
      calls.setRelease(place, null);
    }

    private void addTo(List<InFlightCall> list) {
      for (int place = 0; place < number(); place++) {
        InFlightCall call = calls.get(place);
        if (call != null) {
          list.add(call);
        }
      }
    }
  }
}
