using System.Text;
using Picket.Detection.Windows;
using Picket.Testing;

namespace Picket.Detection.Tests.Windows;

public sealed class EvictedGroupsTests
{
    [Fact]
    public void Of_the_newer_it_is_known_exactly_what_is_missing_and_of_no_other_less_than_is() => Property.Holds(200, random =>
    {
        var (evicted, plain) = (new EvictedGroups(random.Next(2, 40)), new Dictionary<string, Missing>());
        for (var i = 0; i < 400; i++)
        {
            var key = $"g{random.Next(100)}";
            var bytes = Encoding.UTF8.GetBytes(key);
            var known = evicted.Take(bytes);
            var wanted = plain.GetValueOrDefault(key, Missing.Nothing);
            // All of it, or that nothing is known of what was up to some time behind it.
            Assert.True(known == wanted || (known.From > wanted.Through && known.Through >= wanted.Through), $"{known} of {wanted}");
            if (random.Next(3) > 0)
            {
                plain[key] = new Missing(long.MinValue, Some.Instant + random.Next(1_000), random.Next(1, 9), 1);
                evicted.Add(bytes, plain[key]);
                Assert.Equal(plain[key], evicted.Take(bytes));
                evicted.Add(bytes, plain[key]);
            }
            else
            {
                plain.Remove(key);
            }
        }
    });

    [Fact]
    public void Of_a_group_that_never_was_in_memory_nothing_is_missing_though_there_were_twice_as_many_as_are_known_exactly()
    {
        var evicted = new EvictedGroups(10_000);
        for (var i = 0; i < 20_000; i++)
        {
            evicted.Add(Encoding.UTF8.GetBytes($"g{i}"), new Missing(long.MinValue, i, 1, 1));
        }
        Assert.Equal(new Missing(long.MinValue, 19_999, 1, 1), evicted.Take("g19999"u8));
        Assert.True(evicted.Take("g0"u8).Through >= 0);
        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => evicted.Take(Encoding.UTF8.GetBytes($"h{i}")) != Missing.Nothing), 0, 500);
    }
}
