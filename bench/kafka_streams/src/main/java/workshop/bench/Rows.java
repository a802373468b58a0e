package workshop.bench;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/**
 * The rows of the seven statements and their Avro, read and written by hand.
 *
 * <p>Without a schema library in between the peer is as fast as it can be: a comparison with it
 * flatters nobody. Values carry Schema Registry's five bytes in front; columns of derived
 * topics are nullable, as ksqlDB writes them.
 */
final class Rows {
  private Rows() {}

  record Trade(String side, int quantity, String symbol, int price, String account, String userid) {}

  record User(String userid, String regionid, String gender) {}

  record Enriched(
      String regionid,
      String gender,
      String side,
      int quantity,
      String symbol,
      int price,
      String account) {}

  record Alert(String account, long quantity, long start, long end) {}

  private static final DateTimeFormatter INSTANT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss Z").withZone(ZoneOffset.UTC);

  static final Serde<Trade> TRADE = serde(Rows::writeTrade, Rows::readTrade);
  static final Serde<User> USER = serde(Rows::writeUser, Rows::readUser);
  static final Serde<Enriched> ENRICHED = serde(Rows::writeEnriched, Rows::readEnriched);
  static final Serde<Long> COUNT =
      serde((out, n) -> nullable(out, n), in -> in.isNull() ? null : in.number());
  static final Serde<Alert> ALERT = serde(Rows::writeAlert, Rows::readAlert);

  private static void writeTrade(Out out, Trade t) {
    out.text(t.side);
    out.number(t.quantity);
    out.text(t.symbol);
    out.number(t.price);
    out.text(t.account);
    out.text(t.userid);
  }

  private static Trade readTrade(In in) {
    return new Trade(
        in.text(), (int) in.number(), in.text(), (int) in.number(), in.text(), in.text());
  }

  private static void writeUser(Out out, User u) {
    out.number(0);
    out.text(u.userid);
    out.text(u.regionid);
    out.text(u.gender);
  }

  private static User readUser(In in) {
    in.number();
    return new User(in.text(), in.text(), in.text());
  }

  private static void writeEnriched(Out out, Enriched e) {
    nullable(out, e.regionid);
    nullable(out, e.gender);
    nullable(out, e.side);
    nullable(out, (long) e.quantity);
    nullable(out, e.symbol);
    nullable(out, (long) e.price);
    nullable(out, e.account);
  }

  private static Enriched readEnriched(In in) {
    return new Enriched(
        in.nullableText(),
        in.nullableText(),
        in.nullableText(),
        (int) in.nullableNumber(),
        in.nullableText(),
        (int) in.nullableNumber(),
        in.nullableText());
  }

  private static void writeAlert(Out out, Alert a) {
    nullable(out, a.account);
    nullable(out, a.quantity);
    nullable(out, INSTANT.format(Instant.ofEpochMilli(a.start)));
    nullable(out, INSTANT.format(Instant.ofEpochMilli(a.end)));
  }

  private static Alert readAlert(In in) {
    String account = in.nullableText();
    long quantity = in.nullableNumber();
    Instant start = INSTANT.parse(in.nullableText(), Instant::from);
    Instant end = INSTANT.parse(in.nullableText(), Instant::from);
    return new Alert(account, quantity, start.toEpochMilli(), end.toEpochMilli());
  }

  private static void nullable(Out out, String value) {
    out.number(value == null ? 0 : 1);
    if (value != null) {
      out.text(value);
    }
  }

  private static void nullable(Out out, Long value) {
    out.number(value == null ? 0 : 1);
    if (value != null) {
      out.number(value);
    }
  }

  private interface Write<T> {
    void to(Out out, T row);
  }

  private interface Read<T> {
    T from(In in);
  }

  private static <T> Serde<T> serde(Write<T> write, Read<T> read) {
    Serializer<T> serializer =
        (topic, row) -> {
          if (row == null) {
            return null;
          }
          Out out = new Out();
          write.to(out, row);
          return out.toByteArray();
        };
    Deserializer<T> deserializer =
        (topic, data) -> data == null ? null : read.from(new In(ByteBuffer.wrap(data, 5, data.length - 5)));
    return Serdes.serdeFrom(serializer, deserializer);
  }

  /** Avro's binary encoding behind the framing of schema id 1. */
  private static final class Out extends ByteArrayOutputStream {
    private static final byte[] HEAD = {0, 0, 0, 0, 1};

    Out() {
      super(96);
      writeBytes(HEAD);
    }

    void number(long value) {
      long rest = (value << 1) ^ (value >> 63);
      while ((rest & ~0x7FL) != 0) {
        write((int) ((rest & 0x7F) | 0x80));
        rest >>>= 7;
      }
      write((int) rest);
    }

    void text(String value) {
      byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
      number(encoded.length);
      writeBytes(encoded);
    }
  }

  /** Reads what {@link Out} writes. */
  private record In(ByteBuffer data) {
    long number() {
      long rest = 0;
      int shift = 0;
      byte next;
      do {
        next = data.get();
        rest |= (long) (next & 0x7F) << shift;
        shift += 7;
      } while (next < 0);
      return (rest >>> 1) ^ -(rest & 1);
    }

    String text() {
      byte[] encoded = new byte[(int) number()];
      data.get(encoded);
      return new String(encoded, StandardCharsets.UTF_8);
    }

    boolean isNull() {
      return number() == 0;
    }

    String nullableText() {
      return isNull() ? null : text();
    }

    long nullableNumber() {
      return isNull() ? 0 : number();
    }
  }
}
