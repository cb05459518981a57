using System.Globalization;
using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Testing;

namespace Picket.Detection.Tests.Windows;

public sealed class AlertPropertyTests
{
    private static readonly long Start = Some.Instant;

    [Fact]
    public void Alerts_are_those_of_their_definition_in_whatever_order_and_batches_events_come_whenever_they_are_closed_and_however_often_it_begins_anew() => Property.HoldsAsync(1_000, async random =>
    {
        var rule = RandomRule(random);
        // In some runs it is changed now and then; one of which each event is an alert has no window to change.
        var (versions, isChanged) = (new List<(ulong After, Window Window)> { (0, rule.Window!) }, !rule.Window!.IsOfEachEvent && random.Next(3) == 0);
        // Within minutes, or some of them days before others.
        var days = random.Next(2) == 0 ? 1 : 12;
        var events = Enumerable.Range(1, random.Next(1, random.Next(4) == 0 ? 300 : 60)).Select(seq => (Group: "abc"[random.Next(3)], Seen: new PlainAlerts.Seen(
            (ulong)seq, Start + (random.Next(days) * Instant.PerDay) + (random.Next(random.Next(2) == 0 ? 40 : 400) * Instant.PerSecond), $"v{random.Next(4)}", random.Next(5)))).ToArray();
        var rules = new RuleSet([rule]);
        // Long after they happened, or so soon that they are found in memory.
        var receivedAt = Start + (days * Instant.PerDay) + (((int[])[400, 1_000, 86_400])[random.Next(3)] * Instant.PerSecond);
        using var all = PlainHistory.Batch(events, receivedAt);
        var (store, closings) = (new MergedAlerts(), new Dictionary<string, List<PlainAlerts.Closing>>());
        var (room, snapshots) = (RandomRoom(random), new Snapshots(random, all));
        var (book, detector) = Begin(rules, new PlainHistory(all, closings), [], 0, room);
        for (var at = 0; at < events.Length;)
        {
            var count = random.Next(1, 10);
            using var batch = PlainHistory.Batch(events.Skip(at).Take(count), receivedAt);
            await detector.LookAsync(batch, 1, default);
            store.Apply(book.Changes);
            at = Math.Min(events.Length, at + count);
            book.Written((ulong)at);
            if (random.Next(4) == 0 && store.Active.Count > 0)
            {
                var of = store.Active.Keys.ElementAt(random.Next(store.Active.Count));
                // Events may be stored already that were not looked at yet.
                var through = (ulong)Math.Min(events.Length, at + random.Next(3));
                store.Close(of);
                detector.Close(TenantId.Default, of, through);
                closings.TryAdd(of, []);
                closings[of].Add(new PlainAlerts.Closing((ulong)at, through));
            }
            if (isChanged && random.Next(4) == 0)
            {
                rule = rule with { Window = rule.Window! with { Span = random.Next(1, 40) * Instant.PerSecond, Than = random.Next(2, 6) } };
                rules = new RuleSet([rule]);
                detector.Use(rules, new RuleMatcher(rules, TimeProvider.System), TimeProvider.System);
                versions.Add(((ulong)at, rule.Window!));
            }
            snapshots.Offer(detector, rules, at);
            if (random.Next(5) == 0)
            {
                var settled = detector.Settled;
                (book, detector) = Begin(rules, new PlainHistory(all, closings), store.Standing(closings), (ulong)at, room);
                await detector.ResumeAsync(settled, (ulong)at, snapshots.Pick(rules), default);
            }
        }
        foreach (var group in "abc")
        {
            var of = $"r:{group}";
            var seen = events.Where(one => one.Group == group).Select(one => one.Seen).ToArray();
            var wanted = versions.Count == 1 ? PlainAlerts.Of(versions[0].Window, seen, closings.GetValueOrDefault(of) ?? []) : PlainAlerts.OfVersions(versions, seen, closings.GetValueOrDefault(of) ?? []);
            Assert.Equal(wanted, store.Of(of).Select(alert => versions.Count == 1 ? alert : alert with { FiredAt = 0 }));
        }
    });

    [Fact]
    public void What_a_further_event_can_make_untrue_is_decided_by_all_of_them_in_whatever_order_they_come() => Property.HoldsAsync(500, async random =>
    {
        var window = new Window((Measure)random.Next((int)Measure.Percentile + 1), random.Next(1, 40) * Instant.PerSecond, (Comparison)random.Next(6), random.Next(1, 5))
        {
            Of = [new Field("v"), new Field("n")],
            Percentile = random.Next(101),
            Further = random.Next(4) == 0 ? [(Comparison.LessThan, random.Next(1, 9))] : [],
        };
        window = window with { Of = window.Measure == Measure.Distinct ? [new Field("v")] : [new Field("n")] };
        var rule = RandomRule(random) with { Window = window };
        var events = Enumerable.Range(1, random.Next(1, 40)).Select(seq => (Group: "ab"[random.Next(2)], Seen: new PlainAlerts.Seen(
            (ulong)seq, Start + (random.Next(120) * Instant.PerSecond), $"v{random.Next(4)}", random.Next(5)))).ToArray();
        var (set, book) = (new RuleSet([rule]), new AlertBook());
        var detector = new Detector(book);
        detector.Use(set, new RuleMatcher(set, TimeProvider.System), TimeProvider.System);
        for (var at = 0; at < events.Length;)
        {
            var count = random.Next(1, 10);
            using var batch = PlainHistory.Batch(events.Skip(at).Take(count), Start + (400 * Instant.PerSecond));
            await detector.LookAsync(batch, 1, default);
            at += count;
        }
        // All of it within the time that is waited for.
        Assert.True(window.IsRising || book.IsEmpty);
        await detector.EndAsync(default);
        foreach (var group in "ab")
        {
            var wanted = PlainAlerts.Of(window, [.. events.Where(one => one.Group == group).Select(one => one.Seen)], []);
            var raised = book.Changes.Where(change => change.Fingerprint == $"r:{group}").Select(change => new PlainAlerts.Raised(change.Count, change.FirstSeen, change.LastSeen, change.FiredAt, change.Held, false));
            Assert.Equal(wanted, raised);
        }
    });

    [Fact]
    public void What_waits_is_looked_at_with_all_of_its_events_though_there_is_little_room_in_memory_and_it_begins_anew() => Property.HoldsAsync(500, async random =>
    {
        var measure = (Measure)random.Next((int)Measure.Percentile + 1);
        var window = new Window(measure, random.Next(1, 300) * Instant.PerSecond, (Comparison)random.Next(6), random.Next(1, 5)) { Of = [new Field(measure == Measure.Distinct ? "v" : "n")], Percentile = random.Next(101) };
        var rules = new RuleSet([RandomRule(random) with { Window = window }]);
        var length = random.Next(60, 7_200);
        var events = Enumerable.Range(0, random.Next(1, 80)).Select(_ => random.Next(length)).Select(at => (At: at, Received: at + random.Next(500))).OrderBy(one => one.Received).Select((one, i) => (
            Group: "abcd"[random.Next(4)], Seen: new PlainAlerts.Seen((ulong)i + 1, Start + (one.At * Instant.PerSecond), $"v{random.Next(4)}", random.Next(5)), Source: "s", ReceivedAt: Start + (one.Received * Instant.PerSecond))).ToArray();
        using var all = PlainHistory.Batch(events);
        // For those that wait, and few of their events.
        var (store, room, snapshots) = (new MergedAlerts(), new Room(random.Next(1, 20), 8, 1, 1, random.Next(2, 10)), new Snapshots(random, all));
        var (book, detector) = Begin(rules, new PlainHistory(all, []), [], 0, room);
        for (var at = 0; at < events.Length;)
        {
            using var batch = PlainHistory.Batch(events.Skip(at).Take(random.Next(1, 10)));
            await detector.LookAsync(batch, 1, default);
            at += batch.Count;
            store.Apply(book.Changes);
            book.Written((ulong)at);
            snapshots.Offer(detector, rules, at);
            if (random.Next(8) == 0)
            {
                var settled = detector.Settled;
                (book, detector) = Begin(rules, new PlainHistory(all, []), store.Standing([]), (ulong)at, room);
                await detector.ResumeAsync(settled, (ulong)at, snapshots.Pick(rules), default);
            }
        }
        await detector.EndAsync(default);
        store.Apply(book.Changes);
        Assert.Equal(0, detector.Lost);
        foreach (var group in "abcd")
        {
            Assert.Equal(PlainAlerts.Of(window, [.. events.Where(one => one.Group == group).Select(one => one.Seen)], []), store.Of($"r:{group}"));
        }
    });

    [Fact]
    public void A_correlation_of_correlations_sees_one_event_an_episode_in_whatever_order_within_the_time_waited_for_and_however_often_it_begins_anew() => Property.HoldsAsync(500, async random =>
    {
        // Hours, of which a few minutes come in any order.
        var length = random.Next(60, 7_200);
        var late = random.Next(2) == 0 ? 500 : 1;
        var times = Enumerable.Range(0, random.Next(1, 80)).Select(_ => random.Next(length)).OrderBy(at => at + random.Next(late)).ToArray();
        await SeesEpisodesAsync(random, times.Select(at => (at, "s", 10_000)), Lateness.Default);
    });

    [Fact]
    public void A_source_that_is_later_than_others_is_waited_for_as_long_as_is_set_for_it_however_often_it_begins_anew() => Property.HoldsAsync(500, async random =>
    {
        var length = random.Next(60, 7_200);
        // The slow one is heard of before its time is up; the others may fall silent.
        var slow = Enumerable.Range(0, 30).Select(i => i * 250).Concat(Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(length))).Select(at => (at, "Slow", at + random.Next(at == 0 ? 1 : 3_000)));
        var fast = Enumerable.Range(0, random.Next(60)).Select(_ => random.Next(length)).Select(at => (at, $"s{random.Next(3)}", at + random.Next(600)));
        await SeesEpisodesAsync(random, slow.Concat(fast).OrderBy(one => one.Item3).ToArray(), new Lateness(600 * Instant.PerSecond, [new("slow", 3_000 * Instant.PerSecond)]));
    });

    // Events in the order in which they come: when they happen, and are received, in seconds.
    private static async Task SeesEpisodesAsync(Random random, IEnumerable<(int At, string Source, int Received)> come, Lateness lateness)
    {
        var (below, above) = (new Window(Measure.Events, random.Next(1, 300) * Instant.PerSecond, Comparison.AtLeast, random.Next(1, 4)), random.Next(2) == 0
            ? new Window(Measure.Events, random.Next(60, 3_600) * Instant.PerSecond, Comparison.AtLeast, random.Next(1, 4))
            : new Window(Measure.Distinct, random.Next(60, 3_600) * Instant.PerSecond, Comparison.AtLeast, random.Next(1, 4)) { Of = [new Field("v")] });
        var (isByGroup, isSilent) = (random.Next(2) == 0, random.Next(2) == 0);
        RuleSet rules = new([
            RandomRule(random) with { Window = null },
            Correlating("child", below, ["r"], ["g"]),
            Correlating("parent", above, ["child"], isByGroup ? ["g"] : [], isSilent),
        ]);
        var events = come.Select((one, i) => (
            Group: "ab"[random.Next(2)], Seen: new PlainAlerts.Seen((ulong)i + 1, Start + (one.At * Instant.PerSecond), $"v{random.Next(4)}", 1), one.Source, ReceivedAt: Start + (one.Received * Instant.PerSecond))).ToArray();
        using var all = PlainHistory.Batch(events);
        var (store, room, snapshots, lost) = (new MergedAlerts(), RandomRoom(random), new Snapshots(random, all), 0L);
        var (book, detector) = await ResumeAsync(new Dictionary<TenantId, long>(), 0);
        for (var at = 0; at < events.Length;)
        {
            using var batch = PlainHistory.Batch(events.Skip(at).Take(random.Next(1, 10)));
            await detector.LookAsync(batch, 1, default);
            at += batch.Count;
            if (random.Next(4) == 0)
            {
                // As late as no further event is received before.
                await detector.GoOnAsync(at < events.Length ? events[at].ReceivedAt : events[^1].ReceivedAt, default);
            }
            store.Apply(book.Changes);
            book.Written((ulong)at);
            snapshots.Offer(detector, rules, at);
            if (random.Next(4) == 0)
            {
                lost += detector.Lost;
                (book, detector) = await ResumeAsync(detector.Settled, (ulong)at);
            }
        }
        await detector.EndAsync(default);
        store.Apply(book.Changes);
        // Where there is no room even for what waits, alerts may be missing, which is counted.
        if (lost + detector.Lost > 0)
        {
            return;
        }
        async Task<(AlertBook, Detector)> ResumeAsync(IReadOnlyDictionary<TenantId, long> settled, ulong through)
        {
            var (begun, looking) = Begin(rules, new PlainHistory(all, []), store.Standing([]), through, room, lateness);
            await looking.ResumeAsync(settled, through, snapshots.Pick(rules), default);
            return (begun, looking);
        }

        var episodes = "ab".SelectMany(group => PlainAlerts.Beginnings(below, [.. events.Where(one => one.Group == group).Select(one => one.Seen)]).Select(seen => (Group: group, Seen: seen))).ToArray();
        foreach (var group in isByGroup ? "ab" : "-")
        {
            var wanted = PlainAlerts.Of(above, [.. episodes.Where(one => !isByGroup || one.Group == group).Select(one => one.Seen)], []);
            Assert.Equal(wanted, store.Of(isByGroup ? $"parent:{group}" : "parent:"));
        }
        foreach (var group in "ab")
        {
            Assert.Equal(isSilent ? [] : PlainAlerts.Of(below, [.. events.Where(one => one.Group == group).Select(one => one.Seen)], []), store.Of($"child:{group}"));
        }
    }

    [Fact]
    public void A_value_is_new_when_none_was_so_near_to_it_and_its_alert_counts_until_it_is_closed_however_often_it_begins_anew() => Property.HoldsAsync(500, async random =>
    {
        var span = random.Next(1, 4) * Instant.PerDay;
        var rules = new RuleSet([RandomRule(random) with { Window = null, FirstSeen = new FirstSeen([new Field("v")], span) }]);
        // Late, but less so than a value is remembered.
        var events = Enumerable.Range(0, random.Next(1, 60)).Select(_ => (random.Next(12) * Instant.PerDay) + (random.Next(400) * Instant.PerSecond)).OrderBy(at => at + random.NextInt64(span))
            .Select((at, i) => (Group: "ab"[random.Next(2)], Seen: new PlainAlerts.Seen((ulong)i + 1, Start + at, $"v{random.Next(3)}", 1))).ToArray();
        var receivedAt = Start + (20 * Instant.PerDay);
        using var all = PlainHistory.Batch(events, receivedAt);
        var (store, closings, plain) = (new MergedAlerts(), new Dictionary<string, List<PlainAlerts.Closing>>(), new Dictionary<string, List<PlainAlerts.Raised>>());
        var (room, snapshots) = (RandomRoom(random), new Snapshots(random, all));
        var (book, detector) = Begin(rules, new PlainHistory(all, closings), [], 0, room);
        for (var at = 0; at < events.Length;)
        {
            var count = Math.Min(random.Next(1, 10), events.Length - at);
            using var batch = PlainHistory.Batch(events.Skip(at).Take(count), receivedAt);
            await detector.LookAsync(batch, 1, default);
            store.Apply(book.Changes);
            for (var i = at; i < at + count; i++)
            {
                var (of, seen) = ($"r:{events[i].Group}|{events[i].Seen.Value}", events[i].Seen);
                plain.TryAdd(of, []);
                var isKnown = events.Take(i).Any(other => $"r:{other.Group}|{other.Seen.Value}" == of && Math.Abs(other.Seen.Time - seen.Time) <= span);
                if (plain[of] is [.., { IsClosed: false } active])
                {
                    plain[of][^1] = active with { Count = active.Count + 1, FirstSeen = Math.Min(active.FirstSeen, seen.Time), LastSeen = Math.Max(active.LastSeen, seen.Time) };
                }
                else if (!isKnown)
                {
                    plain[of].Add(new PlainAlerts.Raised(1, seen.Time, seen.Time, 0, 0, false));
                }
            }
            at += count;
            book.Written((ulong)at);
            if (random.Next(4) == 0 && store.Active.Count > 0)
            {
                var of = store.Active.Keys.ElementAt(random.Next(store.Active.Count));
                store.Close(of);
                detector.Close(TenantId.Default, of, (ulong)at);
                plain[of][^1] = plain[of][^1] with { IsClosed = true };
                closings.TryAdd(of, []);
                closings[of].Add(new PlainAlerts.Closing((ulong)at, (ulong)at));
            }
            snapshots.Offer(detector, rules, at);
            if (random.Next(5) == 0)
            {
                (book, detector) = Begin(rules, new PlainHistory(all, closings), store.Standing(closings), (ulong)at, room);
                await detector.ResumeAsync(new Dictionary<TenantId, long>(), (ulong)at, snapshots.Pick(rules), default);
            }
        }
        foreach (var (of, wanted) in plain)
        {
            Assert.Equal(wanted, store.Of(of).Select(alert => alert with { FiredAt = 0, Held = 0 }));
        }
    });

    private static Rule Correlating(string id, Window window, string[] of, string[] by, bool areTheySilent = true) => new(id, id, RuleLevel.High, new LogSource(null, null, null), Filter.Nothing)
    {
        Window = window,
        Correlation = new Correlation(of, by, new Dictionary<string, IReadOnlyDictionary<string, string>>(), AlertsOfRules: !areTheySilent),
    };

    // As a start does: what stands is known, and nothing is in memory.
    private static (AlertBook Book, Detector Detector) Begin(RuleSet rules, PlainHistory history, IEnumerable<StandingAlert> standing, ulong through, Room room, Lateness? lateness = null)
    {
        var book = new AlertBook();
        book.Load(standing);
        var detector = new Detector(book, history, lateness: lateness) { Room = room };
        detector.Use(rules, new RuleMatcher(rules, TimeProvider.System), TimeProvider.System);
        book.Written(through);
        return (book, detector);
    }

    // In every other run one so small that groups fall out of memory all the time.
    private static Room RandomRoom(Random random) => random.Next(2) == 0 ? Room.Default : new Room(random.Next(4, 30), random.Next(2, 10), random.Next(1, 4), 1, random.Next(2, 10));

    private static Rule RandomRule(Random random)
    {
        var measure = random.Next(4) switch { 0 => "distinct: v\n", 1 => "sum: n\n", _ => "" };
        var text = string.Create(CultureInfo.InvariantCulture, $"id: r\ntitle: r\nquery: x:1\ngroup_by: g\nthreshold: {random.Next(1, 6)}\nwindow_seconds: {random.Next(1, 40)}\n{measure}");
        return RuleFiles.Read([("r.yml", text)]).Rules.Single();
    }
}
