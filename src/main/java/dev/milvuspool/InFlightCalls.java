package dev.milvuspool;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The calls in flight on a connection. A call takes one of a few places, which allocates nothing
 * and touches little memory. There are more of them once many calls have been in flight at a time.
 */
final class InFlightCalls {
  /** References in one cache line; a power of two. */
  private static final int FEWEST = 16;

  private static final int GROWTH = 4;

  private static final AtomicReferenceFieldUpdater<InFlightCalls, Places> PLACES =
      AtomicReferenceFieldUpdater.newUpdater(InFlightCalls.class, Places.class, "places");

  private volatile Places places = new Places(FEWEST, null);

  void add(InFlightCall call) {
    for (Places current = places; !current.take(call); current = places) {
      PLACES.compareAndSet(this, current, new Places(GROWTH * current.number(), current));
    }
  }

  /** To be called by the thread that added it. */
  void remove(InFlightCall call) {
    Objects.requireNonNull(call.places()).leave(call.place());
  }

  /** Those that were there when it was called, and perhaps some that came or went since. */
  List<InFlightCall> list() {
    List<InFlightCall> calls = new ArrayList<>();
    for (Places each = places; each != null; each = each.fewer) {
      each.addTo(calls);
    }
    return calls;
  }

  /** A number of places, and those that there were before, which may still be taken. */
  static final class Places {
    /** How many a call looks at, as long as there are few. */
    private static final int FEW_TRIES = 4;

    /** From here on a call looks at all of them before there are more. */
    private static final int MANY = 256;

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
      int tries = number() < MANY ? FEW_TRIES : number();
      for (int i = 0; i < tries; i++) {
        int place = first + i & number() - 1;
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
