using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Bench.EndToEnd;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Events.Parsing;
using Picket.Query;
using Picket.Query.Store;
using Picket.Storage;
using Picket.Storage.Files;

namespace Picket.Bench.Engine;

/// <summary>Very many tenants with a handful of events a day each, and senders that make up field names: what flush, merge, start and a question then take, and how many files there are.</summary>
internal static class ManyTenants
{
    private const long Day = 1_768_867_200_000_000_000; // 2026-01-20

    public static async Task RunAsync(int tenants, int days)
    {
        var folder = Directory.CreateTempSubdirectory("picket-bench-").FullName;
        using (var store = Open(folder))
        {
            var start = Stopwatch.GetTimestamp();
            for (var day = 0; day < days; day++)
            {
                for (var tenant = 0; tenant < tenants;)
                {
                    await store.AppendAsync(new AppendRequest(new TenantId(1), Batch(day, ref tenant, tenants), null), default);
                }
            }
            BenchServer.Print($"{tenants:N0} tenants, 5 events a day each, {days} days: {store.Durable.Seq:N0} events appended in {Stopwatch.GetElapsedTime(start).TotalSeconds:N1} s");
            start = Stopwatch.GetTimestamp();
            await store.FlushAsync(default);
            BenchServer.Print($"last flush {Stopwatch.GetElapsedTime(start).TotalSeconds:N2} s");
            start = Stopwatch.GetTimestamp();
            store.Maintain();
            var statistics = store.Statistics;
            BenchServer.Print($"merging what was left {Stopwatch.GetElapsedTime(start).TotalSeconds:N2} s; {statistics.Merges} merges, {statistics.Segments} segments, {statistics.SegmentBytes / (double)store.Durable.Seq:N1} bytes an event, {Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length} files");
        }
        var opening = Stopwatch.GetTimestamp();
        using (var store = Open(folder))
        {
            BenchServer.Print($"start {Stopwatch.GetElapsedTime(opening).TotalSeconds:N2} s");
            for (var i = 0; i < 3; i++)
            {
                opening = Stopwatch.GetTimestamp();
                using var page = await store.SearchAsync(new SearchRequest(new TenantId((uint)(tenants / 2)), TimeRange.All, Filter.Everything) { CountTo = long.MaxValue }, default);
                BenchServer.Print($"one tenant's {page.Total} events {Stopwatch.GetElapsedTime(opening).TotalMilliseconds:N1} ms");
            }
        }
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Ten thousand names, a few in each event.</summary>
    public static async Task RunNamesAsync(int names, int events)
    {
        var folder = Directory.CreateTempSubdirectory("picket-bench-").FullName;
        using (var store = Open(folder))
        {
            var start = Stopwatch.GetTimestamp();
            using var parser = new EventParser { Tenant = TenantId.Default };
            for (var i = 0; i < events;)
            {
                parser.ReceivedAt = Day;
                for (var end = Math.Min(events, i + 10_000); i < end; i++)
                {
                    var first = i * 7919L % names;
                    parser.TryParse(Encoding.ASCII.GetBytes($"{{\"app\":\"a\",\"f{first}\":\"v{i}\",\"f{(first + 1) % names}\":{i},\"f{(first + 2) % names}\":\"x\",\"f{(first + 3) % names}\":true}}"), i);
                }
                await store.AppendAsync(new AppendRequest(TenantId.Default, parser.Into.Seal(), null), default);
            }
            await store.FlushAsync(default);
            BenchServer.Print($"{names:N0} field names, {events:N0} events: appended and flushed in {Stopwatch.GetElapsedTime(start).TotalSeconds:N1} s, {store.Statistics.SegmentBytes / (double)events:N1} bytes an event, native memory {NativeArena.LiveBytes / 1024 / 1024} MiB, process {Environment.WorkingSet / 1024 / 1024} MiB");
            foreach (var name in (string[])["f17", "f9000", "app"])
            {
                start = Stopwatch.GetTimestamp();
                using var page = await store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, Query.Operators.Terms.Equal(name, name == "app" ? "a" : "x")) { CountTo = long.MaxValue }, default);
                BenchServer.Print($"events with {name}: {page.Total} in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:N1} ms");
            }
        }
        Directory.Delete(folder, recursive: true);
    }

    private static EventBatch Batch(int day, ref int tenant, int tenants)
    {
        using var parser = new EventParser();
        for (var end = Math.Min(tenants, tenant + 2_000); tenant < end; tenant++)
        {
            parser.Tenant = new TenantId((uint)tenant + 1);
            parser.ReceivedAt = Day + (day * Instant.PerDay);
            for (var i = 0; i < 5; i++)
            {
                parser.TryParse(Encoding.ASCII.GetBytes($"{{\"ts\":{(Day / 1_000_000_000) + (day * 86_400) + (((tenant * 31) + (i * 17_000)) % 86_400)},\"app\":\"web\",\"level\":\"info\",\"message\":\"request {tenant * 7 % 9_973} took {i * 13} ms\",\"user_id\":\"u{tenant % 50}\"}}"), 0);
            }
        }
        return parser.Into.Seal();
    }

    private static EmbeddedStore Open(string folder) => new(new DiskFiles(folder), 1, new StorageOptions(), TimeProvider.System, NullLogger.Instance);
}
