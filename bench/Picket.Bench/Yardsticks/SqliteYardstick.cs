using System.Diagnostics;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Picket.Bench.Yardsticks;

/// <summary>What a table with an index a field costs: inserts of batches of a thousand, write-ahead log, one fsync a batch.</summary>
internal static class SqliteYardstick
{
    private static readonly string[] Columns = ["ts", "app", "host", "level", "event_type", "message", "request_id", "user_id", "src_ip", "http_method", "http_path", "http_status", "latency_ms"];

    public static void Run(string file, int events)
    {
        SQLitePCL.Batteries_V2.Init();
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
            Execute(connection, $"CREATE TABLE events (id INTEGER PRIMARY KEY, {string.Join(" TEXT, ", Columns)} TEXT, raw_json TEXT)");
            foreach (var index in (string[])["ts", "app, ts", "event_type, ts", "src_ip, ts", "user_id, ts", "request_id"])
            {
                Execute(connection, $"CREATE INDEX [{index}] ON events ({index})");
            }
            var start = Stopwatch.GetTimestamp();
            using var insert = connection.CreateCommand();
            insert.CommandText = $"INSERT INTO events ({string.Join(", ", Columns)}, raw_json) VALUES ({string.Join(", ", Columns.Select(name => "@" + name))}, @raw)";
            foreach (var name in Columns.Append("raw"))
            {
                insert.Parameters.Add(new SqliteParameter("@" + name, ""));
            }
            foreach (var part in File.ReadLines(file).Take(events).Chunk(1_000))
            {
                using var transaction = connection.BeginTransaction();
                insert.Transaction = transaction;
                foreach (var line in part)
                {
                    using var json = JsonDocument.Parse(line);
                    foreach (var name in Columns)
                    {
                        insert.Parameters["@" + name].Value = json.RootElement.TryGetProperty(name, out var value) ? value.ToString() : "";
                    }
                    insert.Parameters["@raw"].Value = line;
                    insert.ExecuteNonQuery();
                }
                transaction.Commit();
            }
            Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
            Console.WriteLine($"SQLite, six indices: {events / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} events/s, {(double)new FileInfo(path).Length / events:N0} bytes an event ({events:N0} events)");
        }
        File.Delete(path);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
