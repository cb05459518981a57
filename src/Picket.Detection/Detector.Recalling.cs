using System.Net;
using System.Net.Sockets;
using Picket.Detection.Alerts;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Operators;

namespace Picket.Detection;

// What windows have in memory is what is stored: where it is not there, it is read back.
public sealed partial class Detector
{
    // The events that came last, when what may be around them and around those that wait was read back; of a rule's groups at once.
    private async ValueTask TakeLateAsync(EventBatch batch, uint log, CancellationToken cancellation)
    {
        var ofGroups = late.GroupBy(one => GroupOf(one.To, batch[one.Row], log)).ToArray();
        // Until they are taken all stay: what they had of this batch is not read back with what was before it.
        Keep(ofGroups.Select(of => of.Key));
        foreach (var some in ofGroups.GroupBy(of => (of.Key.Trigger.Place, of.Key.Tenant)).SelectMany(of => of.Chunk(Limits.GroupsReadBack)))
        {
            var (needed, until) = (long.MaxValue, long.MinValue);
            foreach (var of in some)
            {
                needed = Math.Min(needed, Math.Min(of.Min(one => TimeOf(batch.Times[one.Row], batch.Received[one.Row])), of.Key.WaitsFrom));
                until = Math.Max(until, Math.Max(of.Key.Missing.Through, of.Max(one => LastOf(batch[one.Row], of.Key.From))));
            }
            await RecallGroupsAsync([.. some.Select(of => KeyValuePair.Create(of.Key, AlertSubject.Of(of.First().To, batch[of.First().Row])))], needed, until, watermarks.Of(some[0].Key.Tenant), batch.Seqs[0], log, cancellation);
            foreach (var (to, row) in some.SelectMany(of => of))
            {
                TryTake(to, batch[row], log, mayWait: false);
            }
            kept.ExceptWith(some.Select(of => of.Key));
        }
        kept.Clear();
    }

    private Group GroupOf(in TriggerInput to, EventRow row, uint log)
    {
        fingerprint.TryWrite(to, log, row);
        return groups.Of(fingerprint.Key, to.Trigger, row.Tenant);
    }

    // For those that waited long enough: what of them fell out of memory. They are of one tenant.
    private async ValueTask RecallWaitingAsync(CancellationToken cancellation)
    {
        Keep(due.Select(one => one.Group));
        foreach (var ofTrigger in due.Where(one => one.Group.Lacks(one.From)).GroupBy(one => one.Group.Trigger, ReferenceEqualityComparer.Instance).ToArray())
        {
            var (needed, until) = (ofTrigger.Min(one => one.From), ofTrigger.Max(one => one.Group.Missing.Through));
            await RecallGroupsAsync([.. ofTrigger.Select(one => KeyValuePair.Create(one.Group, one.Group.Subject!))], needed, until, needed - 1, lookedThrough + 1, 0, cancellation);
        }
        kept.Clear();
    }

    // These stay in memory while others are read back.
    private void Keep(IEnumerable<Group> some)
    {
        kept.Clear();
        kept.UnionWith(some);
    }

    // Has events in memory that are needed from a time on, of groups of one tenant and trigger. What they began until they were looked at last, those above are told.
    private async ValueTask RecallGroupsAsync(KeyValuePair<Group, AlertSubject>[] asked, long needed, long until, long lookedAt, ulong before, uint log, CancellationToken cancellation)
    {
        var (of, trigger) = (asked[0].Key, asked[0].Key.Trigger);
        var from = needed - (2 * trigger.Reach);
        if (from < until)
        {
            var only = asked.Select(pair => pair.Key).ToHashSet<Group>(ReferenceEqualityComparer.Instance);
            var stretches = trigger.Bases.Select(rule => rule.Place).Distinct().ToDictionary(place => place, _ => (from, until));
            await RecallAsync(of.Tenant, stretches, OfGroups(trigger, asked.Select(pair => pair.Value)), before, only, log, cancellation);
            foreach (var group in only.Where(group => group.Missing.Through >= from))
            {
                group.Missing = Missing.Before(from);
            }
            await RecallBeginningsAsync(only, _ => from, lookedAt, before, cancellation);
        }
    }

    // Tells correlations above of what began to hold before, and raises nothing.
    private async ValueTask RecallBeginningsAsync(HashSet<Group> touched, Func<Trigger, long> fromOf, long until, ulong before, CancellationToken cancellation)
    {
        // Of some a part fell out of memory again while others were read: now it is known that they may hold.
        foreach (var ofTrigger in touched.Where(group => group.Trigger.Parents.Count > 0 && group.Subject is not null && group.MayHold && group.Missing.Through >= fromOf(group.Trigger)).GroupBy(group => group.Trigger.Place).ToArray())
        {
            var trigger = ofTrigger.First().Trigger;
            foreach (var some in ofTrigger.Chunk(Limits.GroupsReadBack))
            {
                kept.UnionWith(some);
                await RecallGroupsAsync([.. some.Select(group => KeyValuePair.Create(group, group.Subject!))], fromOf(trigger) + (2 * trigger.Reach), some.Max(group => group.Missing.Through), until, before, 0, cancellation);
                kept.ExceptWith(some);
            }
        }
        for (var level = 0; touched.Count > 0; level++)
        {
            foreach (var group in touched.Where(group => group.Trigger.Level == level).ToArray())
            {
                touched.Remove(group);
                var from = fromOf(group.Trigger);
                // What something is missing of was looked at when it was not, and what it began is kept above.
                if (group.Trigger.Parents.Count > 0 && group.Missing.Through < from && group.First is { } first)
                {
                    // Of what is in the first two windows it is not known whether it held before.
                    foreach (var beginning in group.Beginnings(Math.Max(first, from + (2 * group.Trigger.Window!.Span)), until))
                    {
                        Begin(group, beginning, isRecalled: true, touched);
                    }
                }
            }
        }
    }

    // What an event must be to belong to one of the groups of others: a store finds the few by it. It may let further ones through.
    private static Filter OfGroups(Trigger trigger, IEnumerable<AlertSubject> subjects)
    {
        var any = new HashSet<Filter>();
        foreach (var values in subjects.Select(subject => subject.Group))
        {
            if (values.Any(group => group.Value is "" or ['{' or '[', ..]))
            {
                return Filter.Everything;
            }
            foreach (var fields in trigger.GroupBy)
            {
                any.Add(Filter.AllOf(fields.Select((field, i) => EqualOrWrittenOtherwise(field, values[i].Value, any))));
            }
        }
        return new Filter.Or([.. any]);
    }

    // An address is written in many ways, and one of version 4 as one of version 6, too, always with its sixth group: all those are let through, once for all groups.
    private static Filter EqualOrWrittenOtherwise(Field field, string value, HashSet<Filter> otherwise)
    {
        if (IPAddress.TryParse(value, out var address))
        {
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            var isOld = address.AddressFamily == AddressFamily.InterNetwork;
            otherwise.Add(new Filter.Term(field, new Contains(isOld ? ":ffff:" : ":")));
            value = isOld && value.Contains(':', StringComparison.Ordinal) ? address.ToString() : value;
        }
        return new Filter.Term(field, new EqualTo(value));
    }

    // Adds stored events before one to the windows, which raises nothing.
    /// <param name="stretches">Of the rules at some places.</param>
    private async ValueTask RecallAsync(TenantId tenant, Dictionary<int, (long From, long To)> stretches, Filter besides, ulong before, HashSet<Group>? only, uint log, CancellationToken cancellation)
    {
        Recalls++;
        var (from, to) = (stretches.Values.Min(of => of.From), stretches.Values.Max(of => of.To));
        var closed = await history!.ClosedThroughAsync(tenant, from, cancellation);
        // An event whose sender's clock is ahead counts as having happened when it came, and may say a day later.
        await foreach (var batch in history.ReadAsync(tenant, new Filter.And([rules.FilterOf([.. stretches.Keys]), besides]), new TimeRange(Math.Max(from, Instant.Min), to > Instant.Max - Instant.PerDay ? Instant.Max : to + Instant.PerDay + 1), before, cancellation))
        {
            using (batch)
            {
                recalled.Clear();
                recalling!.Match(batch, recalled);
                foreach (var (_, place, row) in recalled)
                {
                    var time = TimeOf(batch.Times[row], batch.Received[row]);
                    if (stretches.TryGetValue(place, out var of) && time >= of.From && time <= of.To)
                    {
                        Recall(place, batch[row], time, closed, only, log);
                    }
                }
            }
            MakeRoom();
        }
    }

    private void MakeRoom()
    {
        var evicted = groups.Evicted;
        groups.MakeRoom(kept);
        if (groups.Evicted > evicted)
        {
            waiting.Trim();
        }
    }

    private void Recall(int place, EventRow row, long time, IReadOnlyDictionary<string, ulong> closed, HashSet<Group>? only, uint log)
    {
        foreach (var input in triggers.Of(place))
        {
            Recall(input, row, time, closed, only, log);
        }
    }

    private ulong HoldsAfter(TenantId tenant, Trigger trigger)
    {
        var after = holdsAfter(tenant, trigger.Rule);
        foreach (var (rule, _) in trigger.Bases)
        {
            after = Math.Max(after, holdsAfter(tenant, rule));
        }
        return after;
    }

    private void Recall(in TriggerInput to, EventRow row, long time, IReadOnlyDictionary<string, ulong> closed, HashSet<Group>? only, uint log)
    {
        if (to.Trigger.Window is not { } window || excepted.Has(to.Trigger, row) || !fingerprint.TryWrite(to, log, row) || !value.TryRead(window, row))
        {
            return;
        }
        var group = groups.Of(fingerprint.Key, to.Trigger, row.Tenant);
        if (only?.Contains(group) == false || row.Seq <= book.ClosedThrough(group.Key).Through || (closed.Count > 0 && row.Seq <= closed.GetValueOrDefault(Fingerprint.TextOf(group.Key))))
        {
            return;
        }
        var count = group.Count;
        var entry = new WindowEntry(time, row.Seq, row.ReceivedAt, 1ul << to.Input, value.Value);
        _ = group.TryGet(entry, out var there);
        group.Recall(entry with { Above = there.Above ?? AboveOf(to.Trigger, to.Base, row) });
        group.RecalledBy = Recalls;
        if (to.Trigger.Parents.Count > 0)
        {
            group.Subject ??= AlertSubject.Of(to, row);
        }
        // Of one that is read back by itself nothing is missing then.
        if (group.Count > Limits.GroupEvents && (only is null || group.MayHold))
        {
            Shorten(group);
        }
        groups.Added(group.Count - count, time);
        // What came before the rule was as it is counts, but makes it hold no more.
        if (to.Trigger.Waits && time > watermarks.Of(group.Tenant) && row.Seq > HoldsAfter(group.Tenant, to.Trigger))
        {
            group.Subject ??= AlertSubject.Of(to, row);
            waiting.Add(group, time);
        }
    }
}
