using Picket.Events;
using Picket.Events.Batches;
using Picket.Server.Rules;
using Picket.Testing;

namespace Picket.Server.Tests;

public sealed class RecentBatchesTests
{
    [Fact]
    public void An_event_is_found_by_its_number_for_its_tenant_alone()
    {
        using var recent = new RecentBatches();
        foreach (var first in (ulong[])[1, 3, 10])
        {
            using var batch = Numbered(first, """{"n":"a"}""", """{"n":"b"}""");
            recent.Add(batch);
        }
        Assert.True(recent.TryFind(TenantId.Default, 11, out var found, out var row));
        Assert.Equal("""{"n":"b"}""", Some.Original(found[row]));
        Assert.False(recent.TryFind(new TenantId(2), 11, out _, out _));
        Assert.False(recent.TryFind(TenantId.Default, 5, out _, out _));
        recent.Clear();
        Assert.False(recent.TryFind(TenantId.Default, 11, out _, out _));
    }

    [Fact]
    public void Past_16_mebibytes_the_oldest_go()
    {
        using var recent = new RecentBatches();
        var large = Enumerable.Repeat($$"""{"n":"{{new string('x', 10_000)}}"}""", 100).ToArray();
        for (var first = 1ul; first <= 4_000; first += 100)
        {
            using var batch = Numbered(first, large);
            recent.Add(batch);
        }
        Assert.True(recent.TryFind(TenantId.Default, 4_000, out _, out _));
        Assert.True(recent.TryFind(TenantId.Default, 3_000, out _, out _));
        Assert.False(recent.TryFind(TenantId.Default, 2, out _, out _));
    }

    private static EventBatch Numbered(ulong first, params string[] json)
    {
        var batch = Some.Batch(json);
        ((PackedBatch)batch.Source).AssignSeqs(first);
        return batch;
    }
}
