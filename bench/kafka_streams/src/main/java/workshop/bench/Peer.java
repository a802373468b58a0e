package workshop.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.WindowedSerdes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.test.TestRecord;
import workshop.bench.Rows.Alert;
import workshop.bench.Rows.Enriched;
import workshop.bench.Rows.Trade;
import workshop.bench.Rows.User;

/**
 * The seven statements as one Kafka Streams topology under its TopologyTestDriver.
 *
 * <p>Usage: {@code Peer USERS TRADES memory|rocksdb STATE_DIR}. The two files hold records as
 * (key length, key, value length, value, time in ms), big-endian. Prints one JSON object: trades
 * per second of processor time, over all and over the second half (when the JVM has warmed up),
 * and the final content of the result topics. As in ksqlDB, derived statements read {@code stocks_enriched}
 * from its topic, grouping goes through a repartition topic, and no cache holds results back.
 */
public final class Peer {
  private static final Duration WINDOW = Duration.ofMinutes(5);
  private static final Duration RETENTION = Duration.ofDays(1);
  private static final long THRESHOLD = 10;

  private static final OperatingSystemMXBean CPU =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final boolean inMemory;
  private final StreamsBuilder builder = new StreamsBuilder();

  private Peer(boolean inMemory) {
    this.inMemory = inMemory;
  }

  public static void main(String[] args) throws IOException {
    List<TestRecord<byte[], byte[]>> users = read(Path.of(args[0]));
    List<TestRecord<byte[], byte[]>> trades = read(Path.of(args[1]));
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "bench");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:9092");
    config.put(StreamsConfig.STATE_DIR_CONFIG, args[3]);
    config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
    Topology topology = new Peer(args[2].equals("memory")).topology();
    Map<String, Object> report = new LinkedHashMap<>();
    try (TopologyTestDriver driver = new TopologyTestDriver(topology, config)) {
      run(driver, users, trades, report);
      results(driver, report);
    }
    System.out.println(new ObjectMapper().writeValueAsString(report));
  }

  private static void run(
      TopologyTestDriver driver,
      List<TestRecord<byte[], byte[]>> users,
      List<TestRecord<byte[], byte[]>> trades,
      Map<String, Object> report) {
    ByteArraySerializer raw = new ByteArraySerializer();
    driver.createInputTopic("users_topic", raw, raw).pipeRecordList(users);
    var input = driver.createInputTopic("stocks_topic", raw, raw);
    int half = trades.size() / 2;
    long started = CPU.getProcessCpuTime();
    trades.subList(0, half).forEach(input::pipeInput);
    long middle = CPU.getProcessCpuTime();
    trades.subList(half, trades.size()).forEach(input::pipeInput);
    long ended = CPU.getProcessCpuTime();
    report.put("rate", trades.size() * 1e9 / (ended - started));
    report.put("rate_warm", (trades.size() - half) * 1e9 / (ended - middle));
  }

  private Topology topology() {
    KTable<String, User> users =
        builder.table("users_topic", Consumed.with(Serdes.String(), Rows.USER), table("users", Rows.USER));
    KStream<String, Trade> trades =
        builder.stream("stocks_topic", Consumed.with(Serdes.String(), Rows.TRADE));
    trades
        .selectKey((symbol, trade) -> trade.userid())
        .leftJoin(users, Peer::enrich, Joined.with(Serdes.String(), Rows.TRADE, Rows.USER))
        .to("stocks_enriched", Produced.with(Serdes.String(), Rows.ENRICHED));
    trades
        .filter((key, trade) -> trade.side().equals("BUY"))
        .groupBy((key, trade) -> trade.symbol(), Grouped.with(Serdes.String(), Rows.TRADE))
        .aggregate(() -> 0L, (key, trade, n) -> n + 1, table("bought", Rows.COUNT))
        .toStream()
        .to("number_of_times_stock_bought", Produced.with(Serdes.String(), Rows.COUNT));
    fromEnriched(builder.stream("stocks_enriched", Consumed.with(Serdes.String(), Rows.ENRICHED)));
    return builder.build();
  }

  private void fromEnriched(KStream<String, Enriched> enriched) {
    Grouped<String, Enriched> grouped = Grouped.with(Serdes.String(), Rows.ENRICHED);
    TimeWindows tumbling = TimeWindows.ofSizeAndGrace(WINDOW, RETENTION.minus(WINDOW));
    var windowed = WindowedSerdes.timeWindowedSerdeFrom(String.class, WINDOW.toMillis());
    enriched
        .filter((key, row) -> row.side().equals("BUY"))
        .groupBy((key, row) -> row.symbol(), grouped)
        .aggregate(() -> 0L, (key, row, sum) -> sum + row.quantity(), table("total", Rows.COUNT))
        .toStream()
        .to("total_stock_purchased", Produced.with(Serdes.String(), Rows.COUNT));
    enriched
        .groupBy((key, row) -> row.symbol(), grouped)
        .windowedBy(tumbling)
        .aggregate(() -> 0L, (key, row, n) -> n + 1, windows("by_symbol"))
        .toStream()
        .to("stocks_purchased_5min_window_tumbling", Produced.with(windowed, Rows.COUNT));
    enriched
        .groupBy((key, row) -> row.account(), grouped)
        .windowedBy(tumbling)
        .aggregate(() -> 0L, (key, row, n) -> n + 1, windows("by_account"))
        .filter((key, n) -> n > THRESHOLD)
        .toStream()
        .map(
            (key, n) ->
                KeyValue.pair(
                    key,
                    n == null
                        ? null
                        : new Alert(key.key(), n, key.window().start(), key.window().end())))
        .to("accounts_to_monitor", Produced.with(windowed, Rows.ALERT));
  }

  private static Enriched enrich(Trade trade, User user) {
    return new Enriched(
        user == null ? null : user.regionid(),
        user == null ? null : user.gender(),
        trade.side(),
        trade.quantity(),
        trade.symbol(),
        trade.price(),
        trade.account());
  }

  private <V> Materialized<String, V, KeyValueStore<Bytes, byte[]>> table(String name, Serde<V> serde) {
    var supplier =
        inMemory ? Stores.inMemoryKeyValueStore(name) : Stores.persistentTimestampedKeyValueStore(name);
    return Materialized.<String, V>as(supplier)
        .withKeySerde(Serdes.String())
        .withValueSerde(serde)
        .withCachingDisabled();
  }

  private Materialized<String, Long, WindowStore<Bytes, byte[]>> windows(String name) {
    var supplier =
        inMemory
            ? Stores.inMemoryWindowStore(name, RETENTION, WINDOW, false)
            : Stores.persistentTimestampedWindowStore(name, RETENTION, WINDOW, false);
    return Materialized.<String, Long>as(supplier)
        .withKeySerde(Serdes.String())
        .withValueSerde(Rows.COUNT)
        .withCachingDisabled();
  }

  private static void results(TopologyTestDriver driver, Map<String, Object> report) {
    var windowed = WindowedSerdes.timeWindowedSerdeFrom(String.class, WINDOW.toMillis()).deserializer();
    var text = Serdes.String().deserializer();
    var count = Rows.COUNT.deserializer();
    report.put("bought", last(driver, "number_of_times_stock_bought", k -> text.deserialize("", k), v -> count.deserialize("", v)));
    report.put("total", last(driver, "total_stock_purchased", k -> text.deserialize("", k), v -> count.deserialize("", v)));
    Read<String> window =
        data -> {
          var key = windowed.deserialize("", data);
          return key.key() + "@" + key.window().start();
        };
    report.put("by_symbol", last(driver, "stocks_purchased_5min_window_tumbling", window, v -> count.deserialize("", v)));
    report.put("by_account", last(driver, "accounts_to_monitor", window, v -> Rows.ALERT.deserializer().deserialize("", v).quantity()));
    CRC32 sum = new CRC32();
    var rows = output(driver, "stocks_enriched");
    for (var row : rows) {
      sum.update(row.key());
      sum.update(row.value(), 5, row.value().length - 5);
    }
    report.put("enriched", Map.of("count", rows.size(), "crc32", sum.getValue()));
  }

  private interface Read<T> {
    T from(byte[] data);
  }

  private static Map<String, Long> last(
      TopologyTestDriver driver, String topic, Read<String> key, Read<Long> value) {
    Map<String, Long> latest = new TreeMap<>();
    for (var row : output(driver, topic)) {
      if (row.value() == null) {
        latest.remove(key.from(row.key()));
      } else {
        latest.put(key.from(row.key()), value.from(row.value()));
      }
    }
    return latest;
  }

  private static List<TestRecord<byte[], byte[]>> output(TopologyTestDriver driver, String topic) {
    ByteArrayDeserializer raw = new ByteArrayDeserializer();
    return driver.createOutputTopic(topic, raw, raw).readRecordsToList();
  }

  private static List<TestRecord<byte[], byte[]>> read(Path file) throws IOException {
    List<TestRecord<byte[], byte[]>> records = new ArrayList<>();
    try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      while (true) {
        byte[] key;
        try {
          key = in.readNBytes(in.readInt());
        } catch (EOFException end) {
          return records;
        }
        byte[] value = in.readNBytes(in.readInt());
        records.add(new TestRecord<>(key, value, Instant.ofEpochMilli(in.readLong())));
      }
    }
  }
}
