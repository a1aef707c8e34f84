package dev.milvuspool;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Keeps every line of every logger down to TRACE, and keeps it off the console, until closed. */
final class CapturedLog implements AutoCloseable {
  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
  private final Map<String, Level> levels = new HashMap<>();
  private final List<Appender<ILoggingEvent>> consoles = new ArrayList<>();
  private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          events.add(event);
        }
      };

  CapturedLog() {
    for (Iterator<Appender<ILoggingEvent>> i = root.iteratorForAppenders(); i.hasNext(); ) {
      consoles.add(i.next());
    }
    consoles.forEach(root::detachAppender);
    for (Logger logger : context.getLoggerList()) {
      if (logger.getLevel() != null) {
        levels.put(logger.getName(), logger.getLevel());
        logger.setLevel(logger == root ? Level.TRACE : null);
      }
    }
    appender.setContext(context);
    appender.start();
    root.addAppender(appender);
  }

  /** The lines of loggers that begin like this, with their exceptions and at least this level. */
  List<String> lines(String loggers, Level least) {
    return events.stream()
        .filter(event -> event.getLoggerName().startsWith(loggers))
        .filter(event -> event.getLevel().isGreaterOrEqual(least))
        .map(CapturedLog::line)
        .toList();
  }

  /** What the pool warned of, the messages alone. */
  List<String> warnings() {
    return events.stream()
        .filter(event -> event.getLoggerName().equals(MilvusPool.class.getName()))
        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private static String line(ILoggingEvent event) {
    String trace =
        event.getThrowableProxy() == null
            ? ""
            : "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy());
    return event.getLevel()
        + " "
        + event.getLoggerName()
        + ": "
        + event.getFormattedMessage()
        + trace;
  }

  @Override
  public void close() {
    root.detachAppender(appender);
    appender.stop();
    levels.forEach((name, level) -> context.getLogger(name).setLevel(level));
    consoles.forEach(root::addAppender);
  }
}
