using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Bench.EndToEnd;
using Picket.Detection;
using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Server.Rules;

namespace Picket.Bench.Engine;

/// <summary>
/// What groups of windows take: a rule that counts by address over as many addresses as are kept in memory, five events each, in an order that comes back to none before all had one. Prints
/// bytes a group and processor time an event, of the same rule without a window beside it, and what a snapshot of them takes.
/// </summary>
internal static class ManyGroups
{
    private const int EventsABatch = 10_000;
    private const int Rounds = 5;

    public static void Run(int groups)
    {
        Run("events", "threshold: 1000\nwindow_seconds: 600\n", groups);
        Run("distinct values", "distinct: user_id\nthreshold: 1000\nwindow_seconds: 600\n", groups);
        Run("each event", "", groups);
    }

    // Not inlined and not asynchronous, so that nothing of one is still held while the next is measured; there is no other thread that could wait for this one.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Run(string name, string measure, int groups)
    {
        var batches = Batches(groups);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (detector, took) = LookAsync(measure, batches).GetAwaiter().GetResult();
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        BenchServer.Print($"{name}: {detector.Groups:N0} groups with {detector.WindowEvents:N0} events, {(double)bytes / groups:N0} bytes a group, {took.TotalNanoseconds / (groups * Rounds):N0} ns an event");
        batches.ForEach(batch => batch.Dispose());
        PrintSnapshot(name, measure, detector);
    }

    // As a server writes and reads it; the best of three, for the disk has other work.
    private static void PrintSnapshot(string name, string measure, Detector detector)
    {
        var folder = Directory.CreateTempSubdirectory("picket-bench-").FullName;
        var snapshots = new WindowSnapshots(folder, TimeSpan.Zero, TimeProvider.System, NullLogger<WindowSnapshots>.Instance);
        var (write, read) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var round = 1u; round <= 3; round++)
        {
            var start = Stopwatch.GetTimestamp();
            snapshots.TryWrite(new LogPosition(1, round), [], detector.Save);
            write = TimeSpan.FromTicks(Math.Min(write.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
            var (_, begun) = Begin(measure);
            start = Stopwatch.GetTimestamp();
            using var snapshot = snapshots.Find(new LogPosition(1, round), [])!;
            begun.ResumeAsync(new Dictionary<TenantId, long>(), round, new SavedWindows(snapshot.Windows, round, AsyncEnumerable.Empty<EventBatch>()), default).GetAwaiter().GetResult();
            read = TimeSpan.FromTicks(Math.Min(read.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
        }
        BenchServer.Print($"{name}: a snapshot of {snapshots.Bytes / 1e6:N1} MB, written in {write.TotalMilliseconds:N0} ms, read in {read.TotalMilliseconds:N0} ms");
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<(Detector Detector, TimeSpan Took)> LookAsync(string measure, List<EventBatch> batches)
    {
        var (book, detector) = Begin(measure);
        var start = Stopwatch.GetTimestamp();
        foreach (var batch in batches)
        {
            await detector.LookAsync(batch, 1, default);
            // As a server does, whose alerts are written down.
            book.Written(batch.Seqs[^1]);
        }
        return (detector, Stopwatch.GetElapsedTime(start));
    }

    private static (AlertBook Book, Detector Detector) Begin(string measure)
    {
        var rule = RuleFiles.Read([("r.yml", $"id: r\ntitle: r\nquery: event_type:login_failed\ngroup_by: src_ip\n{measure}")]).Rules.Single();
        var (rules, book) = (new RuleSet([rule]), new AlertBook());
        var detector = new Detector(book);
        detector.Use(rules, new RuleMatcher(rules, TimeProvider.System), TimeProvider.System);
        return (book, detector);
    }

    private static List<EventBatch> Batches(int groups)
    {
        var (batches, seq) = (new List<EventBatch>(), 1ul);
        for (var i = 0; i < groups * Rounds; i += EventsABatch)
        {
            using var parser = new EventParser { ReceivedAt = Instant.From(new DateTimeOffset(2026, 1, 20, 0, 10, 0, TimeSpan.Zero)) };
            for (var k = i; k < Math.Min(groups * Rounds, i + EventsABatch); k++)
            {
                var group = k % groups;
                parser.TryParse(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
                    $"{{\"ts\":\"2026-01-20T00:{k / groups:00}:{group % 60:00}Z\",\"event_type\":\"login_failed\",\"user_id\":\"user{k % 997}\",\"src_ip\":\"10.{group >> 16}.{(group >> 8) & 255}.{group & 255}\"}}")), 0);
            }
            var batch = parser.Into.Seal();
            ((PackedBatch)batch.Source).AssignSeqs(seq);
            seq += (ulong)batch.Count;
            batches.Add(batch);
        }
        return batches;
    }
}
