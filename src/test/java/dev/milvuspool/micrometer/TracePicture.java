package dev.milvuspool.micrometer;

import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Draws the spans of one trace as an SVG, as trace viewers do, with the details of one of them. */
final class TracePicture {
  private static final int WIDTH = 900;
  private static final int BARS_LEFT = 270;
  private static final int BARS_RIGHT = 800;
  private static final int TOP = 70;
  private static final int ROW = 34;
  private static final int LINE = 22;

  private static final String STYLE =
      """
        <style>
          svg { font-family: system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
          .paper { fill: #ffffff; stroke: #d0d7de; }
          .details { fill: #f6f8fa; stroke: none; }
          .bar { stroke-width: 1.5; }
          .caller { fill: #eaeef2; stroke: #57606a; }
          .call { fill: #ddf4ff; stroke: #0969da; }
          .retry { fill: #9a6700; }
          .head { font-size: 14px; font-weight: 600; fill: #424a53; }
          .name { font-size: 15px; fill: #1f2328; }
          .code { font-size: 13px; font-family: ui-monospace, Menlo, Consolas, monospace; fill: #1f2328; }
          @media (prefers-color-scheme: dark) {
            .paper { fill: #0d1117; stroke: #30363d; }
            .details { fill: #161b22; }
            .caller { fill: #21262d; stroke: #8b949e; }
            .call { fill: #0c2d4a; stroke: #58a6ff; }
            .retry { fill: #d29922; }
            .head { fill: #adb5bf; }
            .name, .code { fill: #e6edf3; }
          }
        </style>
      """;

  private final List<SpanData> spans;
  private final SpanData root;
  private final SpanData detailed;
  private final StringBuilder svg = new StringBuilder();

  /** Of these spans, of which one is the root and the others are its children. */
  TracePicture(List<SpanData> spans, String detailed) {
    this.spans =
        spans.stream().sorted(Comparator.comparingLong(SpanData::getStartEpochNanos)).toList();
    root = this.spans.get(0);
    this.detailed =
        spans.stream().filter(span -> span.getName().equals(detailed)).findFirst().orElseThrow();
  }

  /** A picture without what differs from run to run: times, the places of bars, ids, the port. */
  static String withoutFigures(String picture) {
    return picture.replaceAll("[0-9a-f]{16,32}", "id").replaceAll("[0-9]+(\\.[0-9]+)?", "0");
  }

  String draw() {
    List<String> details = details();
    int detailsTop = TOP + spans.size() * ROW + 16;
    int height = detailsTop + 42 + details.size() * LINE + 16;
    line(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
            + " aria-labelledby=\"title desc\">",
        WIDTH, height);
    line("  <title id=\"title\">A trace with calls to Milvus</title>");
    line("  <desc id=\"desc\">%s</desc>", description());
    svg.append(STYLE);
    line(
        "  <rect class=\"paper\" x=\"1\" y=\"1\" width=\"%d\" height=\"%d\" rx=\"10\"/>",
        WIDTH - 2, height - 2);
    text("head", 24, 40, "span");
    text("head", BARS_LEFT, 40, "time");
    line("  <path class=\"retry\" d=\"%s\"/>", diamond(BARS_RIGHT - 60, 35));
    text("head", BARS_RIGHT - 48, 40, "a retry");
    for (int row = 0; row < spans.size(); row++) {
      drawSpan(spans.get(row), TOP + row * ROW);
    }
    line(
        "  <rect class=\"details\" x=\"20\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/>",
        detailsTop, WIDTH - 40, 42 + details.size() * LINE);
    text("head", 36, detailsTop + 28, detailed.getName());
    for (int i = 0; i < details.size(); i++) {
      text("code", 36, detailsTop + 54 + i * LINE, details.get(i));
    }
    line("</svg>");
    return svg.toString();
  }

  private void drawSpan(SpanData span, int top) {
    boolean isRoot = span == root;
    double left = place(span.getStartEpochNanos());
    double width = Math.max(3, place(span.getEndEpochNanos()) - left);
    text("name", isRoot ? 24 : 44, top + 18, span.getName());
    line(
        "  <rect class=\"bar %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"22\" rx=\"3\"/>",
        isRoot ? "caller" : "call", left, top + 2, width);
    for (EventData event : span.getEvents()) {
      line("  <path class=\"retry\" d=\"%s\"/>", diamond(place(event.getEpochNanos()), top + 13));
    }
    line(
        "  <text class=\"name\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%.1f ms</text>",
        WIDTH - 24, top + 18, millis(span.getEndEpochNanos() - span.getStartEpochNanos()));
  }

  /** Its keys, and the header that Milvus gets. */
  private List<String> details() {
    List<String> lines = new ArrayList<>();
    detailed.getAttributes().asMap().entrySet().stream()
        .filter(entry -> entry.getKey().getKey().matches("(db|server|error|milvus)\\..*"))
        .map(entry -> entry.getKey().getKey() + " = " + entry.getValue())
        .sorted()
        .forEach(lines::add);
    lines.add("sent to Milvus: traceparent = " + Traces.traceparent(detailed));
    return lines;
  }

  private String description() {
    String calls =
        String.join(", ", spans.stream().filter(s -> s != root).map(SpanData::getName).toList());
    return "The span "
        + root.getName()
        + " of the caller, and under it the spans of its calls: "
        + calls
        + ".";
  }

  private double place(long epochNanos) {
    double share =
        (double) (epochNanos - root.getStartEpochNanos())
            / (root.getEndEpochNanos() - root.getStartEpochNanos());
    return BARS_LEFT + share * (BARS_RIGHT - BARS_LEFT);
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }

  private static String diamond(double x, int y) {
    return String.format(Locale.ROOT, "M%.1f %d l6 7 l-6 7 l-6 -7 z", x, y - 7);
  }

  private void text(String type, int x, int y, String text) {
    line("  <text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>", type, x, y, text);
  }

  private void line(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
