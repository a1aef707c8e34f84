package dev.milvuspool.bench;

import dev.milvuspool.bench.Result.Bar;
import dev.milvuspool.bench.Result.Panel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws a panel of horizontal bars, each with its interval, as SVG. */
final class Plot {
  private static final int WIDTH = 860;
  private static final int LEFT = 300;
  private static final int RIGHT = 90;
  private static final int ROW = 20;
  private static final int MARGIN = 24;
  private static final List<String> COLOURS = List.of("#4c78a8", "#f58518", "#9d9da1", "#54a24b");

  private final StringBuilder svg = new StringBuilder();
  private int y = MARGIN;

  private Plot() {}

  static String of(Panel panel) {
    Plot plot = new Plot();
    plot.panel(panel);
    return String.format(
        Locale.ROOT,
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif">
        <rect width="100%%" height="100%%" fill="white"/>
        %s</svg>
        """,
        WIDTH,
        plot.y,
        plot.svg);
  }

  private void panel(Panel panel) {
    text(MARGIN, y, "start", "15", panel.title());
    y += MARGIN;
    double longest =
        panel.bars().stream().mapToDouble(Bar::high).reduce(panel.reference(), Math::max);
    double scale = (WIDTH - LEFT - RIGHT) / longest;
    List<String> series = new ArrayList<>();
    int top = y - ROW / 2;
    String group = "";
    for (Bar bar : panel.bars()) {
      if (!bar.group().equals(group)) {
        group = bar.group();
        y += 4;
        text(MARGIN, y + 4, "start", "12", group);
      }
      if (!series.contains(bar.series())) {
        series.add(bar.series());
      }
      text(LEFT - 8, y + 4, "end", "12", bar.series());
      double length = Math.max(1, bar.value() * scale);
      append(
          "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
          LEFT,
          y - ROW / 2 + 2,
          length,
          ROW - 4,
          COLOURS.get(series.indexOf(bar.series()) % COLOURS.size()));
      append(
          "<path d=\"M%1$.1f %3$dv8m0 -4H%2$.1fm0 -4v8\" stroke=\"#222\" fill=\"none\"/>%n",
          LEFT + bar.low() * scale, LEFT + bar.high() * scale, y - 4);
      text((int) (LEFT + bar.high() * scale + 8), y + 4, "start", "12", bar.label());
      y += ROW;
    }
    if (panel.reference() > 0) {
      append(
          "<line x1=\"%1$.1f\" y1=\"%2$d\" x2=\"%1$.1f\" y2=\"%3$d\" stroke=\"#333\""
              + " stroke-dasharray=\"3 3\"/>%n",
          LEFT + panel.reference() * scale, top, y - ROW / 2);
    }
    y += MARGIN;
  }

  private void text(int x, int baseline, String anchor, String size, String text) {
    append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" font-size=\"%s\">%s</text>%n",
        x,
        baseline,
        anchor,
        size,
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
  }

  private void append(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
