using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Picket.Bench.EndToEnd;
using Picket.Detection;
using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;

namespace Picket.Bench.Engine;

/// <summary>
/// What groups of windows take: a rule that counts by address over as many addresses as are kept in memory, five events each, in an order that comes back to none before all had one. Prints
/// bytes a group and processor time an event, of the same rule without a window beside it.
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
    }

    private static async Task<(Detector Detector, TimeSpan Took)> LookAsync(string measure, List<EventBatch> batches)
    {
        var rule = RuleFiles.Read([("r.yml", $"id: r\ntitle: r\nquery: event_type:login_failed\ngroup_by: src_ip\n{measure}")]).Rules.Single();
        var (rules, book) = (new RuleSet([rule]), new AlertBook());
        var detector = new Detector(book);
        detector.Use(rules, new RuleMatcher(rules, TimeProvider.System), TimeProvider.System);
        var start = Stopwatch.GetTimestamp();
        foreach (var batch in batches)
        {
            await detector.LookAsync(batch, 1, default);
            // As a server does, whose alerts are written down.
            book.Written(batch.Seqs[^1]);
        }
        return (detector, Stopwatch.GetElapsedTime(start));
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
