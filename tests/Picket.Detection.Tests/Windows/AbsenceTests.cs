using System.Globalization;
using System.Text;
using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Testing;

namespace Picket.Detection.Tests.Windows;

/// <summary>Rules that wait for events, by a clock that the tests turn.</summary>
public sealed class AbsenceTests
{
    private static readonly long Start = Some.Instant;

    private readonly AlertBook book = new();
    private ulong seq;

    [Fact]
    public async Task Of_a_group_of_which_nothing_comes_an_alert_is_raised_once_until_it_comes_again()
    {
        var detector = Waiting("threshold: 1\nwindow_seconds: 60\n");
        await CameAsync(detector, 0, "a", "b");
        await CameAsync(detector, 50, "b");
        Assert.Empty(Absent(detector, 60));
        var alert = Assert.Single(Absent(detector, 61));
        Assert.Equal(("w:a", 1, Start, 1ul), (alert.Fingerprint, alert.Count, alert.LastSeen, alert.FiredAt));
        Assert.Equal(["g", "a"], [alert.Group[0].Name, alert.Group[0].Value]);
        // It holds on while nothing comes, which counts nothing.
        Assert.Empty(Absent(detector, 70));
        Assert.All(Absent(detector, 95), held => Assert.Equal(("w:a", 0, false), (held.Fingerprint, held.Count, held.IsHeld)));
        await CameAsync(detector, 100, "a", "b");
        Assert.Empty(Absent(detector, 160));
        Assert.Equal(["w:a", "w:b"], Absent(detector, 161).Select(one => one.Fingerprint).Order());
    }

    [Fact]
    public async Task There_must_be_as_many_as_the_threshold_says()
    {
        var detector = Waiting("threshold: 3\nwindow_seconds: 60\n");
        foreach (var at in new[] { 0, 10, 20, 30, 65 })
        {
            await CameAsync(detector, at, "a");
        }
        // 20, 30 and 65; then 30 and 65 alone.
        Assert.Empty(Absent(detector, 80));
        Assert.Equal("w:a", Assert.Single(Absent(detector, 82)).Fingerprint);
    }

    [Fact]
    public async Task A_start_goes_on_and_the_time_in_which_nobody_looked_counts_for_nobody()
    {
        var first = Waiting("threshold: 1\nwindow_seconds: 60\n");
        await CameAsync(first, 0, "a", "b");
        Absent(first, 61);
        await CameAsync(first, 70, "b");
        var written = first.TakeWatched();
        Assert.Equal(2, written.Count);
        Assert.Empty(first.TakeWatched());
        // Away from 80 to 1080: of b ten seconds had gone by.
        var second = Waiting("threshold: 1\nwindow_seconds: 60\n");
        second.ResumeWatched(written, 1_000 * Instant.PerSecond);
        Assert.DoesNotContain(Absent(second, 1_130), one => one.IsHeld);
        Assert.Equal(["w:b"], Absent(second, 1_131).Where(one => one.IsHeld).Select(one => one.Fingerprint));
        // A rule that groups otherwise begins anew.
        var other = Waiting("threshold: 1\nwindow_seconds: 60\n", "h");
        other.ResumeWatched(written, 0);
        Assert.Equal(0, other.WatchedGroups);
    }

    [Fact]
    public async Task Groups_of_the_same_name_in_one_batch_are_each_tenants_own_and_events_without_one_are_of_none()
    {
        var detector = Waiting("threshold: 2\nwindow_seconds: 60\n");
        using var parser = new EventParser { ReceivedAt = Start };
        foreach (var (tenant, group) in new[] { (1u, "a"), (7u, "a"), (1u, "b"), (7u, null), (1u, "a"), (7u, "a"), (1u, null), (1u, "b") })
        {
            parser.Tenant = new TenantId(tenant);
            Assert.True(parser.TryParse(Encoding.UTF8.GetBytes(group is null ? "{\"x\":1}" : $"{{\"x\":1,\"g\":\"{group}\"}}"), 0));
        }
        using var batch = parser.Into.Seal();
        ((PackedBatch)batch.Source).AssignSeqs(1);

        await detector.LookAsync(batch, 1, default);

        Assert.Equal((3, 2), (detector.WatchedGroups, detector.Ungrouped));
        Assert.Equal([(1u, "w:a", 5ul), (1u, "w:b", 8ul), (7u, "w:a", 6ul)], detector.TakeWatched().Select(one => (one.Tenant.Number, one.Fingerprint, one.Last.Seq)).Order());
    }

    [Fact]
    public async Task What_does_not_come_for_a_week_is_forgotten()
    {
        var detector = Waiting("threshold: 1\nwindow_seconds: 60\n");
        await CameAsync(detector, 0, "a");
        Assert.Equal(1, detector.WatchedGroups);
        Absent(detector, 61);
        Absent(detector, (8 * 86_400) + 1);
        Assert.Equal(0, detector.WatchedGroups);
    }

    [Theory]
    [InlineData("absence: true\n", "absence needs group_by")]
    [InlineData("absence: true\ngroup_by: event\n", "absence needs group_by")]
    [InlineData("absence: true\ngroup_by: g\ndistinct: x\n", "a rule with absence has no distinct")]
    [InlineData("absence: maybe\ngroup_by: g\n", "absence is true or false")]
    [InlineData("absence: true\ngroup_by: g\nthreshold: 1001\n", "a whole number from 1 to 1,000")]
    [InlineData("first_seen: x\nthreshold: 2\n", "a rule with first_seen has no threshold")]
    [InlineData("within_days: 2\n", "within_days goes with first_seen")]
    [InlineData("first_seen: x\ngroup_by: event\n", "a rule with first_seen is not grouped by event")]
    [InlineData("auto_close: true\nresolve_after: soon\n", "resolve_after is a number and a letter")]
    [InlineData("group_by: event\nauto_close: true\n", "auto_close closes an alert when its rule holds no more")]
    [InlineData("storm: maybe\n", "storm is on")]
    public void What_makes_no_sense_is_refused_with_the_reason(string members, string reason) =>
        Assert.Contains(reason, Assert.Single(RuleFiles.Read([("w.yml", $"title: w\nquery: x:1\n{members}")]).Refused).Reason, StringComparison.Ordinal);

    private Detector Waiting(string members, string by = "g")
    {
        var rules = new RuleSet(RuleFiles.Read([("w.yml", $"id: w\ntitle: w\nquery: x:1\ngroup_by: {by}\nabsence: true\n{members}")]).Rules);
        var detector = new Detector(book);
        detector.Use(rules, new RuleMatcher(rules, TimeProvider.System), TimeProvider.System);
        return detector;
    }

    private async Task CameAsync(Detector detector, int seconds, params string[] groups)
    {
        using var parser = new EventParser { ReceivedAt = Start + (seconds * Instant.PerSecond) };
        foreach (var group in groups)
        {
            Assert.True(parser.TryParse(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"x\":1,\"g\":\"{group}\"}}")), 0));
        }
        using var batch = parser.Into.Seal();
        ((PackedBatch)batch.Source).AssignSeqs(seq + 1);
        seq += (ulong)groups.Length;
        await detector.LookAsync(batch, 1, default);
    }

    private IReadOnlyCollection<AlertChange> Absent(Detector detector, int seconds)
    {
        detector.LookForAbsent(Start + (seconds * Instant.PerSecond));
        var changes = book.Changes;
        book.Written(seq);
        return changes;
    }
}
