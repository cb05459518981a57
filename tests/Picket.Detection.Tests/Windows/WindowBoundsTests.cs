using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Query;
using Picket.Testing;

namespace Picket.Detection.Tests.Windows;

public sealed class WindowBoundsTests : IDisposable
{
    private static readonly long Start = Some.Instant;

    private readonly AlertBook book = new();
    private readonly List<EventBatch> stored = [];
    private ulong seq;

    [Fact]
    public async Task Of_a_million_groups_those_that_there_is_no_room_for_fall_out_of_memory_and_are_read_back_when_they_have_a_further_event()
    {
        var detector = Threshold(new Stored(stored));
        for (var batch = 0; batch < 100; batch++)
        {
            await LookAsync(detector, [.. Enumerable.Range(batch * 10_000, 10_000).Select(i => Line($"g{i}", i / 1_000))]);
            Assert.InRange(detector.Groups, 1, 100_000);
        }
        Assert.True(detector.Evicted >= 900_000, $"{detector.Evicted} fell out");
        Assert.Empty(book.Changes);
        var recalls = detector.Recalls;
        await LookAsync(detector, [Line("g7", 1_600)]);
        var alert = Assert.Single(book.Changes);
        Assert.Equal(("t:g7", 2, Start), (alert.Fingerprint, alert.Count, alert.FirstSeen));
        Assert.Equal(recalls + 1, detector.Recalls);
    }

    [Theory]
    [InlineData("1.2.3.4", "::ffff:1.2.3.4")]
    [InlineData("::FFFF:1.2.3.4", "1.2.3.4")]
    [InlineData("0:0:0:0:0:ffff:102:304", "[::ffff:1.2.3.4]:80")]
    [InlineData("2001:db8::1", "2001:0DB8:0:0:0:0:0:1")]
    [InlineData("[2001:db8::1]:443", "2001:db8::0.0.0.1")]
    [InlineData("a:b", "A:B")]
    [InlineData("10:20", "10:20")]
    [InlineData("1.2.3.4.5", "1.2.3.4.5")]
    public async Task What_fell_out_of_memory_is_read_back_however_its_value_is_written(string value, string written)
    {
        var detector = Threshold(new Stored(stored), room: new Room(100, 50, 10, 10, 1_000));
        await LookAsync(detector, [Line(value, 0), .. Enumerable.Range(0, 300).Select(i => Line($"g{i}", 1 + i))]);
        Assert.Empty(book.Changes);
        await LookAsync(detector, [Line(written, 400)]);
        Assert.Equal(2, Assert.Single(book.Changes).Count);
    }

    [Fact]
    public async Task What_fell_out_of_memory_is_not_read_back_as_long_as_there_are_too_few_events_to_hold()
    {
        var detector = Threshold(new Stored(stored), window: new Window(Measure.Events, Instant.PerDay, Comparison.AtLeast, 5), room: new Room(100, 50, 10, 10, 1_000));
        for (var round = 0; round < 4; round++)
        {
            await LookAsync(detector, [.. Enumerable.Range(0, 200).Select(i => Line($"g{i}", (round * 1_000) + i))]);
        }
        // The first is for all that is stored around the first event.
        Assert.Equal(1, detector.Recalls);
        Assert.InRange(detector.Groups, 1, 50);
        Assert.Empty(book.Changes);
        await LookAsync(detector, [.. Enumerable.Range(0, 100).Select(i => Line($"g{i}", 4_000 + i))]);
        // At once for those of a batch.
        Assert.Equal((100, 2L), (book.Changes.Count, detector.Recalls));
        Assert.All(book.Changes, change => Assert.Equal(5, change.Count));
    }

    [Fact]
    public async Task What_waits_and_falls_out_of_memory_is_looked_at_when_its_time_has_come_with_no_further_event_of_its_own()
    {
        var detector = Threshold(new Stored(stored), window: new Window(Measure.Events, 60 * Instant.PerSecond, Comparison.Equal, 1), room: new Room(10, 1_000, 1, 1, 1_000));
        await LookAsync(detector, [.. Enumerable.Range(0, 300).Select(i => Line($"g{i}", i))]);
        Assert.InRange(detector.WindowEvents, 0, 10);
        Assert.Empty(book.Changes);
        await LookAsync(detector, ["{\"app\":\"other\",\"ts\":\"2026-01-21T12:00:00Z\"}"], 86_400);
        Assert.Equal((300, 0L), (book.Changes.Count, detector.Lost));
    }

    [Fact]
    public async Task Reading_back_keeps_within_the_bounds_and_all_that_holds_is_found()
    {
        // Looked at by one that has room for all; then one begins with what is stored.
        var before = Threshold(null);
        for (var batch = 0; batch < 50; batch++)
        {
            await LookAsync(before, [.. Enumerable.Range(0, 100).Select(i => Line($"g{(batch * 40) + i}", batch))]);
        }
        var (mostGroups, mostEvents) = (0, 0L);
        Detector? after = null;
        var store = new Stored(stored) { Read = () => (mostGroups, mostEvents) = (Math.Max(mostGroups, after!.Groups), Math.Max(mostEvents, after.WindowEvents)) };
        after = Threshold(store, room: new Room(1_000, 300, 10, 10, 10_000), window: new Window(Measure.Events, Instant.PerDay, Comparison.AtLeast, 4));
        book.Written(seq);

        await LookAsync(after, [Line("another", 60)]);

        // And one batch.
        Assert.InRange(mostGroups, 1, 300 + 100);
        Assert.InRange(mostEvents, 1, 1_000 + 100);
        Assert.Equal(1, after.Recalls);
        // Of each two: the first may be too few, and taken before others are read back for.
        await LookAsync(after, [.. Enumerable.Range(0, 4_000).Select(i => Line($"g{i % 2_000}", 60))]);

        var counts = Enumerable.Range(0, 50).SelectMany(batch => Enumerable.Range(0, 100).Select(i => (batch * 40) + i)).Concat(Enumerable.Range(0, 4_000).Select(i => i % 2_000)).CountBy(of => of).Where(of => of.Value >= 4).ToDictionary(of => $"t:g{of.Key}", of => (long)of.Value);
        Assert.NotEmpty(counts);
        Assert.Equal(counts.OrderBy(of => of.Key, StringComparer.Ordinal), book.Changes.ToDictionary(change => change.Fingerprint, change => change.Count).OrderBy(of => of.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Where_there_is_no_room_even_for_what_waits_it_is_counted_what_is_lost()
    {
        var detector = Threshold(new Stored(stored), window: new Window(Measure.Events, 60 * Instant.PerSecond, Comparison.Equal, 1), room: new Room(10, 100, 1, 1, 1_000));
        await LookAsync(detector, [.. Enumerable.Range(0, 300).Select(i => Line($"g{i}", i))]);
        Assert.InRange(detector.Groups, 1, 150);
        await LookAsync(detector, ["{\"app\":\"other\",\"ts\":\"2026-01-21T12:00:00Z\"}"], 86_400);
        Assert.True(detector.Lost > 0);
        Assert.Equal(300, book.Changes.Count + detector.Lost);
    }

    [Fact]
    public async Task Where_nothing_can_be_read_back_it_is_counted_what_fell_out()
    {
        var detector = Threshold(null);
        for (var batch = 0; batch < 12; batch++)
        {
            await LookAsync(detector, [.. Enumerable.Range(batch * 10_000, 10_000).Select(i => Line($"g{i}", i / 100))]);
        }
        Assert.InRange(detector.Groups, 1, 100_000);
        Assert.True(detector.Evicted > 0);
    }

    [Fact]
    public async Task What_no_window_needs_is_forgotten_before_there_is_no_room_but_not_what_events_that_come_late_are_looked_at_with()
    {
        var detector = Threshold(new Stored(stored), span: 60 * Instant.PerSecond);
        for (var at = 0; at < 200; at++)
        {
            await LookAsync(detector, [.. Enumerable.Range(at * 1_000, 1_000).Select(i => Line($"g{i % 20_000}", (i / 2) - 100_000))]);
        }
        Assert.InRange(detector.WindowEvents, 1_000, 150_000);
        // The same day of somebody else.
        var recalls = detector.Recalls;
        for (var at = 0; at < 200; at++)
        {
            await LookAsync(detector, [.. Enumerable.Range(at * 1_000, 1_000).Select(i => Line($"h{i % 20_000}", (i / 2) - 100_000))]);
        }
        Assert.InRange(detector.Recalls - recalls, 1, 20);
        Assert.Empty(book.Changes);
    }

    [Fact]
    public async Task What_waits_for_a_source_that_is_far_behind_is_not_forgotten()
    {
        // Alone within a minute, which is known when no further event is waited for.
        var detector = Threshold(new Stored(stored), window: new Window(Measure.Events, 60 * Instant.PerSecond, Comparison.Equal, 1));
        const string Slow = "{\"app\":\"slow\",\"ts\":\"2026-01-20T12:00:00Z\"}";
        await LookAsync(detector, [Line("alone", 0), Slow]);
        for (var at = 0; at < 200; at++)
        {
            await LookAsync(detector, [.. Enumerable.Range(at * 1_000, 1_000).Select(i => Line($"g{i % 100}", 60 + (i / 60))), Slow], 80 + (at * 17));
        }
        Assert.Empty(book.Changes);
        await LookAsync(detector, [Slow.Replace("12:00", "13:00", StringComparison.Ordinal)], 3_600);
        // As each of the others does with its first event.
        Assert.Contains(book.Changes, change => change.Fingerprint == "t:alone");
    }

    [Fact]
    public async Task A_group_that_stands_counts_all_its_events_and_keeps_few()
    {
        var detector = Threshold(null);
        for (var batch = 0; batch < 6; batch++)
        {
            await LookAsync(detector, [.. Enumerable.Range(0, 10_000).Select(i => Line("g", (batch * 10) + (i / 1_000)))]);
        }
        Assert.Equal(60_000, Assert.Single(book.Changes).Count);
        Assert.Equal((1, 0), (detector.Groups, detector.Cuts));
        // Those of the first and of the last instant; the rest comes before it is thinned again.
        Assert.InRange(detector.WindowEvents, 2, 5_000);
    }

    [Fact]
    public async Task A_group_that_stands_without_a_pause_keeps_few_events_and_begins_once_for_those_that_look_at_it()
    {
        var rules = new RuleSet(RuleFiles.Read([
            ("c.yml", "id: c\ntitle: c\nquery: x:1\ngroup_by: g\nthreshold: 2\nwindow_seconds: 60\n"),
            ("p.yml", "id: p\ntitle: p\nlevel: high\ncorrelation: {type: event_count, rules: [c], group-by: [g], timespan: 6h, condition: {gte: 2}, generate: true}\n"),
        ]).Rules);
        var detector = new Detector(book, new Stored(stored));
        detector.Use(rules, new RuleMatcher(rules, TimeProvider.System), TimeProvider.System);
        for (var at = 0; at < 200; at++)
        {
            await LookAsync(detector, [.. Enumerable.Range(at * 10, 10).Select(i => Line("g", i * 5))], ((at * 10) + 10) * 5);
        }
        Assert.Equal("c:g", Assert.Single(book.Changes).Fingerprint);
        Assert.InRange(detector.WindowEvents, 2, 200);
        // A pause, and it begins again.
        await LookAsync(detector, [Line("g", 12_000), Line("g", 12_001)], 12_001);
        await detector.EndAsync(default);
        Assert.Equal(2, Assert.Single(book.Changes, change => change.Fingerprint == "p:g").Count);
    }

    [Fact]
    public async Task Of_a_group_that_holds_with_no_event_the_older_half_is_forgotten_when_it_has_more_than_are_kept_of_one()
    {
        var detector = Threshold(null, "distinct: v\n");
        for (var batch = 0; batch < 6; batch++)
        {
            await LookAsync(detector, [.. Enumerable.Range(0, 10_000).Select(i => Line("g", (batch * 10) + (i / 1_000)))]);
        }
        Assert.Empty(book.Changes);
        Assert.True(detector.Cuts > 0);
        Assert.InRange(detector.WindowEvents, 1, 50_000);
        await LookAsync(detector, [Line("g", 60, "another")]);
        Assert.Single(book.Changes);
    }

    [Theory]
    // A sender whose clock is a day ahead: what it sends counts as having happened when it came.
    [InlineData(86_400, true)]
    [InlineData(301, true)]
    // Less than five minutes ahead it is believed, and so is any time before.
    [InlineData(299, false)]
    [InlineData(-86_400, false)]
    public async Task A_clock_that_jumps_moves_no_event_but_those_from_the_future(int ahead, bool isNow)
    {
        var detector = Threshold(null);
        await LookAsync(detector, [Line("g", 0), Line("g", ahead)]);
        Assert.Equal(isNow, book.Changes.Count == 1);
    }

    // Two within a minute.
    private Detector Threshold(IEventHistory? history, string besides = "", long span = 7 * Instant.PerDay, Window? window = null, Room? room = null)
    {
        var rules = new RuleSet(RuleFiles.Read([("t.yml", $"id: t\ntitle: t\nquery: x:1\ngroup_by: g\nthreshold: 2\nwindow_seconds: 60\n{besides}")]).Rules);
        // With what is to be read back the window is as long as all there is.
        rules = history is null ? rules : new RuleSet([rules.Rules[0] with { Window = window ?? rules.Rules[0].Window! with { Span = span } }]);
        var detector = new Detector(book, history) { Room = room ?? Room.Default };
        detector.Use(rules, new RuleMatcher(rules, TimeProvider.System), TimeProvider.System);
        return detector;
    }

    private static string Line(string group, int seconds, string value = "v") => string.Create(CultureInfo.InvariantCulture, $"{{\"x\":1,\"g\":\"{group}\",\"v\":\"{value}\",\"ts\":\"{Instant.Format(Start + (seconds * Instant.PerSecond))}\"}}");

    // Received so many seconds after the start.
    private async Task LookAsync(Detector detector, string[] lines, int received = 0)
    {
        using var parser = new EventParser(new ParseLimits { ClockAhead = Instant.Max }) { ReceivedAt = Start + (received * Instant.PerSecond) };
        foreach (var line in lines)
        {
            Assert.True(parser.TryParse(Encoding.UTF8.GetBytes(line), 0));
        }
        var batch = parser.Into.Seal();
        ((PackedBatch)batch.Source).AssignSeqs(seq + 1);
        seq += (ulong)lines.Length;
        stored.Add(batch);
        await detector.LookAsync(batch, 1, default);
    }

    public void Dispose() => stored.ForEach(batch => batch.Dispose());

    private sealed class Stored(List<EventBatch> batches) : IEventHistory
    {
        /// <summary>Told when a batch was looked at that was read.</summary>
        public Action Read { get; init; } = () => { };

        public async IAsyncEnumerable<EventBatch> ReadAsync(TenantId tenant, Filter filter, TimeRange time, ulong before, [EnumeratorCancellation] CancellationToken cancellation)
        {
            await Task.Yield();
            var found = new RowSet();
            foreach (var batch in batches.Where(batch => batch.Seqs[0] < before))
            {
                new Matcher(filter).Match(batch, found);
                using var builder = new EventBatchBuilder();
                builder.AddRows([batch], [.. Enumerable.Range(0, batch.Count).Where(row => found.Contains(row) && batch.Seqs[row] < before && time.Contains(batch.Times[row])).Select(row => new RowRef(0, row))]);
                yield return builder.Seal();
                Read();
            }
        }

        public ValueTask<IReadOnlyDictionary<string, ulong>> ClosedThroughAsync(TenantId tenant, long from, CancellationToken cancellation) => ValueTask.FromResult<IReadOnlyDictionary<string, ulong>>(new Dictionary<string, ulong>());
    }
}
