package dev.belay.agent.change;

import com.github.difflib.algorithm.Change;
import com.github.difflib.algorithm.DiffAlgorithmI;
import com.github.difflib.algorithm.DiffAlgorithmListener;
import com.github.difflib.patch.DeltaType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The shortest way from one list of lines to another (Myers), as long as it is found with little work; otherwise all between the common
 * beginning and the common end is replaced. Whoever writes the texts may mean to keep us busy: time and memory are bounded whatever they hold.
 */
final class LineDiff implements DiffAlgorithmI<String> {
    /** Lines that come or go; the memory needed grows with its square. */
    private static final int MOST_EDITS = 1500;
    /** Comparisons of lines. */
    private static final long MOST_WORK = 20_000_000;

    @Override
    public List<Change> computeDiff(
            List<? extends String> before, List<? extends String> after, DiffAlgorithmListener progress) {
        // Equal lines have equal numbers, so that a comparison costs the same however long they are.
        Map<String, Integer> numbers = new HashMap<>();
        int[] a = numbered(before, numbers);
        int[] b = numbered(after, numbers);
        int start = 0;
        while (start < a.length && start < b.length && a[start] == b[start]) {
            start++;
        }
        int end = a.length;
        int newEnd = b.length;
        while (end > start && newEnd > start && a[end - 1] == b[newEnd - 1]) {
            end--;
            newEnd--;
        }
        if (end == start && newEnd == start) {
            return List.of();
        }
        List<int[]> trace = end == start || newEnd == start
                ? List.of()
                : trace(Arrays.copyOfRange(a, start, end), Arrays.copyOfRange(b, start, newEnd));
        if (trace.isEmpty()) {
            return List.of(change(start, end, start, newEnd));
        }
        return changes(trace, start, end - start, newEnd - start);
    }

    private static int[] numbered(List<? extends String> lines, Map<String, Integer> numbers) {
        return lines.stream()
                .mapToInt(line -> numbers.computeIfAbsent(line, _ -> numbers.size()))
                .toArray();
    }

    /** The furthest place in {@code a} on each diagonal, after each number of edits; none if that takes too much. */
    private static List<int[]> trace(int[] a, int[] b) {
        List<int[]> trace = new ArrayList<>();
        int[] furthest = new int[2 * MOST_EDITS + 3];
        int middle = MOST_EDITS + 1;
        long work = 0;
        for (int edits = 0; edits <= MOST_EDITS; edits++) {
            for (int k = -edits; k <= edits; k += 2) {
                int x = comesDown(furthest, middle, edits, k) ? furthest[middle + k + 1] : furthest[middle + k - 1] + 1;
                int y = x - k;
                while (x < a.length && y < b.length && a[x] == b[y]) {
                    x++;
                    y++;
                    work++;
                }
                work++;
                furthest[middle + k] = x;
                if (x >= a.length && y >= b.length) {
                    trace.add(kept(furthest, middle, edits));
                    return trace;
                }
            }
            if (work > MOST_WORK) {
                return List.of();
            }
            trace.add(kept(furthest, middle, edits));
        }
        return List.of();
    }

    private static boolean comesDown(int[] furthest, int middle, int edits, int k) {
        return k == -edits || (k != edits && furthest[middle + k - 1] < furthest[middle + k + 1]);
    }

    /** Only the diagonals that were reached, and one beside them: index 0 is diagonal {@code -edits - 1}. */
    private static int[] kept(int[] furthest, int middle, int edits) {
        return Arrays.copyOfRange(furthest, middle - edits - 1, middle + edits + 2);
    }

    private static List<Change> changes(List<int[]> trace, int offset, int oldSize, int newSize) {
        List<Change> backwards = new ArrayList<>();
        int x = oldSize;
        int y = newSize;
        for (int edits = trace.size() - 1; edits > 0; edits--) {
            int[] before = trace.get(edits - 1);
            int middle = edits;
            int k = x - y;
            boolean down = comesDown(before, middle, edits, k);
            int fromX = down ? before[middle + k + 1] : before[middle + k - 1];
            int fromY = fromX - (down ? k + 1 : k - 1);
            backwards.add(change(
                    offset + fromX, offset + fromX + (down ? 0 : 1), offset + fromY, offset + fromY + (down ? 1 : 0)));
            x = fromX;
            y = fromY;
        }
        return joined(backwards);
    }

    /** Neighbours become one. */
    private static List<Change> joined(List<Change> backwards) {
        List<Change> all = new ArrayList<>();
        for (Change next : backwards.reversed()) {
            if (!all.isEmpty()
                    && all.getLast().endOriginal == next.startOriginal
                    && all.getLast().endRevised == next.startRevised) {
                Change last = all.removeLast();
                all.add(change(last.startOriginal, next.endOriginal, last.startRevised, next.endRevised));
            } else {
                all.add(next);
            }
        }
        return all;
    }

    private static Change change(int start, int end, int newStart, int newEnd) {
        DeltaType type = start == end ? DeltaType.INSERT : newStart == newEnd ? DeltaType.DELETE : DeltaType.CHANGE;
        return new Change(type, start, end, newStart, newEnd);
    }
}
