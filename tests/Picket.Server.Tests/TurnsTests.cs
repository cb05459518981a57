using Picket.Events;
using Picket.Server.Rules;
using Picket.Testing;

namespace Picket.Server.Tests;

public sealed class TurnsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly ManualTime clock = new(Some.Time);

    [Fact]
    public async Task In_a_burst_as_long_as_looking_took_is_left_to_others()
    {
        var turns = new Turns(clock);
        using var end = new CancellationTokenSource();
        var left = Look(turns, Long, age: 0, isBehind: true, last: 10, end.Token);
        Assert.False(left.IsCompleted);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await Look(turns, TimeSpan.FromMilliseconds(2), age: 0, isBehind: true, last: 20, default);
    }

    [Theory]
    [InlineData(5, true, 20)] // Five seconds behind.
    [InlineData(0, false, 20)] // There are no more.
    [InlineData(0, true, 10)] // No more have come.
    public void Else_rules_go_on_at_once(int age, bool isBehind, ulong last)
    {
        var turns = new Turns(clock);
        Look(turns, TimeSpan.Zero, age: 0, isBehind: true, last: 10, default);
        Assert.True(Look(turns, Long, age, isBehind, last, default).IsCompleted);
    }

    private Task Look(Turns turns, TimeSpan took, int age, bool isBehind, ulong last, CancellationToken cancellation)
    {
        turns.Begin();
        clock.Advance(took);
        return turns.EndAsync(age * Instant.PerSecond, isBehind, last, cancellation);
    }
}
