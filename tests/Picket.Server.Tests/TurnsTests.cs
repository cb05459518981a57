using Picket.Server.Rules;
using Picket.Testing;

namespace Picket.Server.Tests;

public sealed class TurnsTests : IDisposable
{
    private const ulong Behind = 20_000;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTime clock = new(Some.Time);
    private readonly CancellationTokenSource end = new();
    private readonly Turns turns;
    private ulong last = 1;

    public TurnsTests()
    {
        turns = new Turns(clock);
        Look(Behind, come: 0);
    }

    [Fact]
    public async Task In_a_burst_as_long_as_looking_took_is_left_to_others()
    {
        var left = Look(Behind, come: 75_000);
        Assert.False(left.IsCompleted);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
    }

    [Fact]
    public async Task Three_seconds_in_all_until_rules_are_through()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.False(Look(Behind, come: 100_000).IsCompleted);
        }
        Assert.True(Look(Behind, come: 100_000).IsCompleted);
        Assert.True(Look(behind: 1_000, come: 100_000).IsCompleted);
        Assert.True(Look(Behind, come: 100_000).IsCompleted);
        Assert.True(Look(behind: 0, come: 100_000).IsCompleted);
        Assert.False(Look(Behind, come: 100_000).IsCompleted);
        await end.CancelAsync();
    }

    [Theory]
    [InlineData(Behind - 1, 100_000)]
    // So many come all the time.
    [InlineData(500_000, 74_999)]
    [InlineData(500_000, 0)]
    public void What_is_no_burst_goes_on_at_once(ulong behind, int come) => Assert.True(Look(behind, come).IsCompleted);

    [Fact]
    public async Task How_fast_events_come_is_known_of_a_while_for_many_come_at_once()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.True(Look(Behind, i % 10 == 0 ? 5_000 : 0, TimeSpan.FromMilliseconds(25)).IsCompleted);
        }
        await end.CancelAsync();
    }

    public void Dispose() => end.Dispose();

    private Task Look(ulong behind, int come, TimeSpan? took = null)
    {
        turns.Begin();
        clock.Advance(took ?? Second);
        last += (ulong)come;
        return turns.EndAsync(behind, last, end.Token);
    }
}
