using Picket.Events;
using Picket.Events.Batches;
using Picket.Query;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Storage.Tests.Scan;

public sealed class FieldScanTests : ReturnsItsMemory
{
    [Fact]
    public async Task Fields_are_those_of_the_tenants_matching_events_in_memory_and_in_segments()
    {
        var random = new Random(8);
        var makes = new RandomEvents(random);
        var tenants = new[] { new TenantId(1), new TenantId(2) };
        var sent = tenants.ToDictionary(tenant => tenant, _ => Enumerable.Range(0, 700).Select(_ => makes.Next()).ToArray());
        using var open = new OpenStore();
        foreach (var half in (int[])[0, 350])
        {
            foreach (var tenant in tenants)
            {
                await OpenStore.AppendAsync(open.Store, tenant, null, sent[tenant][half..(half + 350)]);
            }
            await CheckAsync(half + 350);
            await open.Store.FlushAsync(default);
            await CheckAsync(half + 350);
        }
        await OpenStore.AppendAsync(open.Store, tenants[0], null, [.. Enumerable.Range(0, 1_300).Select(i => $"{{\"made{i}\":{i}}}")]);
        await open.Store.FlushAsync(default);
        var many = await open.Store.FieldsAsync(new FieldsRequest(tenants[0], TimeRange.All, Filter.Everything), default);
        Assert.Equal(1_300, many.Count(field => field.Field.Name.StartsWith("made", StringComparison.Ordinal) && field is { Events: 1, Kinds: [ValueKind.Integer] }));
        Assert.DoesNotContain(await open.Store.FieldsAsync(new FieldsRequest(tenants[1], TimeRange.All, Filter.Everything), default), field => field.Field.Name.StartsWith("made", StringComparison.Ordinal));

        async Task CheckAsync(int count)
        {
            foreach (var filter in Enumerable.Range(0, 8).Select(i => i == 0 ? Filter.Everything : new RandomFilters(random).Next()))
            {
                foreach (var tenant in tenants)
                {
                    using var all = Some.BatchOf(tenant, sent[tenant][..count]);
                    Assert.Equal(Expected(all, filter), (await open.Store.FieldsAsync(new FieldsRequest(tenant, TimeRange.All, filter), default)).Select(Show).Order(StringComparer.Ordinal));
                }
            }
        }
    }

    private static IEnumerable<string> Expected(EventBatch all, Filter filter)
    {
        var found = new Dictionary<string, (long Events, HashSet<ValueKind> Kinds)>();
        for (var row = 0; row < all.Count; row++)
        {
            if (!PlainMatch.Holds(filter, all[row]))
            {
                continue;
            }
            Add("ts", ValueKind.Instant);
            foreach (var field in all.Fields)
            {
                if (all[row].TryGet(field, out var value))
                {
                    Add(field.Name, value.Kind);
                }
            }
        }
        return found.Select(pair => $"{pair.Key} {pair.Value.Events} {string.Join(',', pair.Value.Kinds.Order())}").Order(StringComparer.Ordinal);

        void Add(string name, ValueKind kind)
        {
            var before = found.GetValueOrDefault(name, (0, []));
            before.Kinds.Add(kind);
            found[name] = (before.Events + 1, before.Kinds);
        }
    }

    private static string Show(FieldSummary field) => $"{field.Field.Name} {field.Events} {string.Join(',', field.Kinds.Order())}";
}
