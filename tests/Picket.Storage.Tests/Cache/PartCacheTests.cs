using Picket.Storage.Cache;

namespace Picket.Storage.Tests.Cache;

public sealed class PartCacheTests
{
    private sealed class Part(long bytes) : CachedPart
    {
        public bool IsFreed { get; private set; }

        public override long Bytes => bytes;

        protected override void Free()
        {
            Assert.False(IsFreed);
            IsFreed = true;
        }
    }

    [Fact]
    public void What_was_used_longest_ago_goes_and_lives_on_for_who_holds_it()
    {
        using var cache = new PartCache<PartKey>(100);
        var parts = Enumerable.Range(0, 5).Select(_ => new Part(25)).ToArray();
        for (var i = 0; i < 4; i++)
        {
            cache.Get(new PartKey(1, i), () => parts[i]).Release();
        }
        var held = cache.Get(new PartKey(1, 1), () => new Part(1));
        Assert.Same(parts[1], held);
        cache.Get(new PartKey(1, 0), () => new Part(1)).Release();
        cache.Get(new PartKey(1, 4), () => parts[4]).Release();
        Assert.Equal([false, false, true, false, false], parts.Select(part => part.IsFreed));
        Assert.Equal((100, 2, 5), (cache.Bytes, cache.Hits, cache.Misses));
        cache.Forget(key => key.Segment == 1);
        Assert.Equal([true, false, true, true, true], parts.Select(part => part.IsFreed));
        held.Release();
        Assert.True(parts[1].IsFreed);
        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public void A_part_larger_than_a_quarter_is_not_kept()
    {
        using var cache = new PartCache<PartKey>(100);
        var large = new Part(26);
        cache.Get(new PartKey(1, 1), () => large).Release();
        Assert.True(large.IsFreed);
        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public async Task Many_at_once_free_each_part_once_and_never_one_in_use()
    {
        using var cache = new PartCache<PartKey>(1_000);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 20_000; i++)
            {
                var part = cache.Get(new PartKey(random.Next(3), random.Next(60)), () => new Part(40));
                Assert.False(part.IsFreed);
                part.Release();
                if (random.Next(500) == 0)
                {
                    var gone = random.Next(3);
                    cache.Forget(key => key.Segment == gone);
                }
            }
        })));
        Assert.InRange(cache.Bytes, 0, 1_000);
    }
}
