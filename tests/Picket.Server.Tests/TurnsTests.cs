using Picket.Server.Rules;
using Picket.Testing;

namespace Picket.Server.Tests;

public sealed class TurnsTests : IDisposable
{
    private const ulong Burst = 50_000;

    private readonly ManualTime clock = new(Some.Time);
    private readonly CancellationTokenSource end = new();
    private ulong last;

    [Fact]
    public async Task In_a_burst_as_long_as_looking_took_is_left_to_others()
    {
        var turns = new Turns(clock);
        var left = Look(turns, TimeSpan.FromSeconds(2), Burst);
        Assert.False(left.IsCompleted);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
    }

    [Fact]
    public async Task Three_seconds_in_all_until_rules_are_through()
    {
        var turns = new Turns(clock);
        _ = Look(turns, TimeSpan.FromSeconds(2), Burst);
        _ = Look(turns, TimeSpan.FromSeconds(2), Burst);
        Assert.True(Look(turns, TimeSpan.FromSeconds(2), Burst).IsCompleted);
        Assert.True(Look(turns, TimeSpan.FromSeconds(2), behind: 1_000).IsCompleted);
        Assert.True(Look(turns, TimeSpan.FromSeconds(2), Burst).IsCompleted);
        Assert.True(Look(turns, TimeSpan.FromSeconds(2), behind: 0).IsCompleted);
        Assert.False(Look(turns, TimeSpan.FromSeconds(2), Burst).IsCompleted);
        await end.CancelAsync();
    }

    [Fact]
    public async Task What_is_no_burst_goes_on_at_once()
    {
        var turns = new Turns(clock);
        Assert.True(Look(turns, TimeSpan.FromSeconds(2), Burst - 1).IsCompleted);
        // No more have come.
        last--;
        Assert.True(Look(turns, TimeSpan.FromSeconds(2), Burst).IsCompleted);
        await end.CancelAsync();
    }

    public void Dispose() => end.Dispose();

    private Task Look(Turns turns, TimeSpan took, ulong behind)
    {
        turns.Begin();
        clock.Advance(took);
        return turns.EndAsync(behind, ++last, end.Token);
    }
}
