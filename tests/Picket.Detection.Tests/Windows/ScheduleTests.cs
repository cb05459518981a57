using System.Globalization;
using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Testing;

namespace Picket.Detection.Tests.Windows;

/// <summary>Rules that are looked at now and then: when, and what they find.</summary>
public sealed class ScheduleTests
{
    // From a multiple of every schedule on.
    private static readonly long Start = Instant.From(new DateTimeOffset(2026, 1, 20, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("15m", "UTC", "2026-01-20T10:07:00Z", "2026-01-20T10:15:00Z 2026-01-20T10:30:00Z")]
    [InlineData("7d", "UTC", "2026-01-20T10:07:00Z", "2026-01-22T00:00:00Z 2026-01-29T00:00:00Z")]
    [InlineData("*/20 * * * *", "UTC", "2026-01-20T10:20:00Z", "2026-01-20T10:40:00Z 2026-01-20T11:00:00Z")]
    [InlineData("0 6 * * 1-5", "UTC", "2026-01-23T06:00:00Z", "2026-01-26T06:00:00Z 2026-01-27T06:00:00Z")]
    [InlineData("0 6 * * mon,wed", "UTC", "2026-01-20T10:00:00Z", "2026-01-21T06:00:00Z 2026-01-26T06:00:00Z")]
    [InlineData("30 23 * * 0", "UTC", "2026-01-20T10:00:00Z", "2026-01-25T23:30:00Z 2026-02-01T23:30:00Z")]
    [InlineData("30 23 * * 7", "UTC", "2026-01-20T10:00:00Z", "2026-01-25T23:30:00Z 2026-02-01T23:30:00Z")]
    [InlineData("0 0 1,15 * *", "UTC", "2026-01-20T10:00:00Z", "2026-02-01T00:00:00Z 2026-02-15T00:00:00Z")]
    [InlineData("0 12 29 2 *", "UTC", "2026-01-20T10:00:00Z", "2028-02-29T12:00:00Z 2032-02-29T12:00:00Z")]
    // The clocks go forward between them.
    [InlineData("0 6 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-28T05:00:00Z 2026-03-29T04:00:00Z")]
    public void A_schedule_comes_when_a_crontab_says_or_each_so_often(string text, string zone, string after, string wanted)
    {
        var schedule = Scheduled($"schedule: '{text}'\ntime_zone: {zone}\nwindow_seconds: 3600\n").Schedule!;
        var at = Instant.From(DateTimeOffset.Parse(after, CultureInfo.InvariantCulture));
        foreach (var moment in wanted.Split(' '))
        {
            Assert.Equal(moment, Instant.Format(at = schedule.After(at)));
        }
    }

    [Theory]
    [InlineData("schedule: often", "schedule is a length of time from 10s to 31d")]
    [InlineData("schedule: 9s", "schedule is a length of time from 10s to 31d")]
    [InlineData("schedule: 32d", "schedule is a length of time from 10s to 31d")]
    [InlineData("schedule: [1h]", "schedule is a length of time from 10s to 31d")]
    [InlineData("schedule: 61 * * * *\nwindow_seconds: 60", "schedule is a length of time from 10s to 31d")]
    [InlineData("schedule: 0 0 30 2 *\nwindow_seconds: 60", "schedule is a length of time from 10s to 31d")]
    [InlineData("schedule: 0 6 1 * 1\nwindow_seconds: 60", "days of the month or days of the week")]
    [InlineData("schedule: 0 6 * * *", "goes with window_seconds")]
    [InlineData("schedule: 1m\nwindow_seconds: 100000", "more than 1,500 times")]
    [InlineData("schedule: 1h\ntime_zone: Mars/Olympus", "time_zone is the name of a time zone")]
    [InlineData("time_zone: UTC", "time_zone goes with schedule")]
    [InlineData("schedule: 1h\ngroup_by: event", "is not grouped by event")]
    [InlineData("schedule: 1h\nabsence: true", "has no absence")]
    [InlineData("schedule: 1h\nentity: host", "has no entity")]
    [InlineData("schedule: 1h\nfirst_seen: host", "has no first_seen")]
    [InlineData("eval_interval: sometimes", "eval_interval is a number and a letter")]
    public void What_is_no_schedule_is_refused_with_the_reason(string says, string wanted)
    {
        var refused = Assert.Single(RuleFiles.Read([("r.yml", $"title: r\nquery: x:1\n{says}\n")]).Refused);
        Assert.Contains(wanted, refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_window_it_is_as_long_as_the_schedule_and_it_resolves_when_it_was_looked_at_again()
    {
        var rule = Scheduled("schedule: 6h\nthreshold: 50000\neval_interval: 1m\n");
        Assert.Equal((6 * 3_600 * Instant.PerSecond, 50_000m), (rule.Schedule!.Window.Span, rule.Schedule.Window.Than));
        Assert.Equal((6 * 3_600 + 60) * Instant.PerSecond, rule.ResolveAfter);
        // From Friday to Monday.
        Assert.Equal(3 * Instant.PerDay, Scheduled("schedule: 0 6 * * 1-5\nwindow_seconds: 60\n").Schedule!.Pause);
    }

    [Fact]
    public void Alerts_are_those_of_exactly_each_window_in_whatever_order_events_come_whenever_they_are_closed_and_however_often_it_begins_anew() => Property.HoldsAsync(500, async random =>
    {
        var (rule, events) = (RandomRule(random), RandomEvents(random));
        var (schedule, window) = (rule.Schedule!, rule.Schedule!.Window);
        var receivedAt = Start + (3_600 * Instant.PerSecond);
        using var all = PlainHistory.Batch(events, receivedAt);
        var (store, closings) = (new MergedAlerts(), new Dictionary<string, List<PlainAlerts.Closing>>());
        var (active, wanted) = (new Dictionary<char, HashSet<ulong>>(), new List<(char Group, PlainAlerts.Raised Alert)>());
        var (ofAny, book, query) = (new Dictionary<char, HashSet<ulong>> { ['a'] = [], ['b'] = [] }, new AlertBook(), new ScheduledQuery(rule, true, TimeProvider.System));
        var mark = new ScheduledMark(Start - 1, 0);
        for (var moment = schedule.After(mark.Moment); moment <= receivedAt; moment = schedule.After(moment))
        {
            // All that has happened is there, and some of what is still to happen by its sender's clock.
            var through = Math.Max(mark.Through, events.Where(one => one.Seen.Time <= moment).Select(one => one.Seen.Seq).DefaultIfEmpty().Max());
            through = Math.Min((ulong)events.Length, through + (ulong)random.Next(3));
            var look = await query.LookAsync(TenantId.Default, moment, mark, through, 1, new PlainHistory(all, closings), default);
            Assert.True(look.TryTell(book, moment));
            store.Apply(book.Changes);
            book.Written(through);
            mark = new ScheduledMark(moment, through);
            foreach (var group in "ab")
            {
                var closed = closings.GetValueOrDefault($"r:{group}")?[^1].Through ?? 0;
                var place = wanted.FindLastIndex(one => one.Group == group);
                // What was stored when it was closed counts in it.
                Count(wanted.FindLastIndex(one => one.Group == group && one.Alert.IsClosed), events.Where(one => one.Group == group && one.Seen.Time > moment - window.Span && one.Seen.Time <= moment && one.Seen.Seq <= closed).Select(one => one.Seen), ofAny[group]);
                var inWindow = events.Where(one => one.Group == group && one.Seen.Time > moment - window.Span && one.Seen.Time <= moment && one.Seen.Seq <= through && one.Seen.Seq > closed).Select(one => one.Seen).ToArray();
                var isActive = active.TryGetValue(group, out var counted);
                if (inWindow.Length == 0 || !(isActive || PlainAlerts.Holds(window, inWindow)))
                {
                    continue;
                }
                if (!isActive)
                {
                    active.Add(group, counted = []);
                    wanted.Add((group, new PlainAlerts.Raised(0, long.MaxValue, long.MinValue, inWindow.MaxBy(seen => (seen.Time, seen.Seq))!.Seq, 0, false)));
                    place = wanted.Count - 1;
                }
                Count(place, inWindow, counted);
            }
            if (random.Next(4) == 0 && active.Count > 0)
            {
                var group = active.Keys.ElementAt(random.Next(active.Count));
                active.Remove(group);
                through = Math.Min((ulong)events.Length, through + (ulong)random.Next(3));
                var place = wanted.FindLastIndex(one => one.Group == group);
                wanted[place] = (group, wanted[place].Alert with { IsClosed = true });
                var of = $"r:{group}";
                store.Close(of);
                var standing = book.TryActive(Fingerprint.KeyOf(TenantId.Default, of), out var known) ? known.From : throw new InvalidOperationException();
                book.Closed(Fingerprint.KeyOf(TenantId.Default, of), through, standing);
                closings.TryAdd(of, []);
                closings[of].Add(new PlainAlerts.Closing(through, through));
            }
            if (random.Next(4) == 0)
            {
                book = new AlertBook();
                book.Load(store.Standing(closings));
            }
        }
        void Count(int place, IEnumerable<PlainAlerts.Seen> of, HashSet<ulong>? counted)
        {
            foreach (var seen in of.Where(seen => counted!.Add(seen.Seq)))
            {
                var (group, alert) = wanted[place];
                ofAny[group].Add(seen.Seq);
                wanted[place] = (group, alert with { Count = alert.Count + 1, FirstSeen = Math.Min(alert.FirstSeen, seen.Time), LastSeen = Math.Max(alert.LastSeen, seen.Time) });
            }
        }

        foreach (var group in "ab")
        {
            Assert.Equal(wanted.Where(one => one.Group == group).Select(one => one.Alert), store.Of($"r:{group}").Select(alert => alert with { Held = 0 }));
        }
    });

    [Fact]
    public void Over_recorded_events_the_alerts_are_those_of_the_store_in_whatever_order_and_batches_they_come() => Property.HoldsAsync(500, async random =>
    {
        var (rule, events) = (RandomRule(random), RandomEvents(random));
        var receivedAt = Start + (3_600 * Instant.PerSecond);
        using var all = PlainHistory.Batch(events, receivedAt);
        var (live, query, mark) = (new AlertBook(), new ScheduledQuery(rule, true, TimeProvider.System), new ScheduledMark(Start - 1, 0));
        for (var moment = rule.Schedule!.After(mark.Moment); moment <= receivedAt; moment = rule.Schedule.After(moment))
        {
            Assert.True((await query.LookAsync(TenantId.Default, moment, mark, (ulong)events.Length, 1, new PlainHistory(all, []), default)).TryTell(live, moment));
            mark = new ScheduledMark(moment, (ulong)events.Length);
        }
        var (book, set) = (new AlertBook(), new RuleSet([rule]));
        var detector = new Detector(book);
        detector.Use(set, new RuleMatcher(set, TimeProvider.System), TimeProvider.System);
        for (var at = 0; at < events.Length;)
        {
            var count = random.Next(1, 10);
            using var batch = PlainHistory.Batch(events.Skip(at).Take(count), receivedAt);
            await detector.LookAsync(batch, 1, default);
            at += count;
        }
        Assert.True(book.IsEmpty);
        await detector.EndAsync(default);
        Assert.Equal(Told(live), Told(book));
    });

    private static IEnumerable<(string, long, long, long, ulong)> Told(AlertBook book) =>
        book.Changes.Select(change => (change.Fingerprint, change.Count, change.FirstSeen, change.LastSeen, change.FiredAt)).Order();

    private static Rule RandomRule(Random random)
    {
        var measure = random.Next(4) switch { 0 => "distinct: v\n", 1 => "sum: n\n", _ => "" };
        return Scheduled(string.Create(CultureInfo.InvariantCulture, $"group_by: g\nthreshold: {random.Next(1, 8)}\nschedule: {random.Next(1, 5)}m\nwindow_seconds: {random.Next(1, 600)}\n{measure}"));
    }

    private static (char Group, PlainAlerts.Seen Seen)[] RandomEvents(Random random)
    {
        var late = random.Next(2) == 0 ? 600 : 1;
        return [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => random.Next(1_800)).OrderBy(at => at + random.Next(late))
            .Select((at, i) => ("ab"[random.Next(2)], new PlainAlerts.Seen((ulong)i + 1, Start + (at * Instant.PerSecond), $"v{random.Next(6)}", random.Next(5))))];
    }

    private static Rule Scheduled(string says) => RuleFiles.Read([("r.yml", $"id: r\ntitle: r\nquery: x:1\n{says}")]).Rules.Single();
}
