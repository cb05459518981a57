using System.Text;
using Picket.Query.Text;

namespace Picket.Query.Tests;

public sealed class MessagePatternTests
{
    [Theory]
    [InlineData("took 15 ms", "took <num> ms")]
    [InlineData("took 1,234.5 ms, 3. time", "took <num> ms, <num>. time")]
    [InlineData("user42 took v2", "user<num> took v<num>")]
    [InlineData("from 10.1.2.3:8080 to [10.0.0.1]", "from <ip>:<num> to [<ip>]")]
    [InlineData("version 10.1.2.3.4 and 1.2.3", "version <num> and <num>")]
    [InlineData("1000.1.2.3 is no address", "<num> is no address")]
    [InlineData("id 0190C2b4-5ad2-7cde-9e5f-0123456789ab.", "id <uuid>.")]
    [InlineData("id 0190c2b4-5ad2-7cde-9e5f-0123456789abc", "id <hex>-<num>ad<num>-<num>cde-<num>e<num>f-<hex>")]
    [InlineData("hash deadbeef00 but deadbeef, 12345678 and deadbeef00_", "hash <hex> but deadbeef, <num> and deadbeef<num>_")]
    [InlineData("at 2026-01-20T06:30:00Z: up", "at <time>: up")]
    [InlineData("at 2026-01-20 06:30:00,123 up", "at <time> up")]
    [InlineData("at 2026-01-20T06:30:00.5+02:00 up", "at <time> up")]
    [InlineData("at 2026-01-20T06:30:00-", "at <time>-")]
    [InlineData("on 2026-01-20", "on <num>-<num>-<num>")]
    [InlineData("größe7", "größe<num>")]
    [InlineData("", "")]
    public void What_differs_from_one_message_to_the_next_is_masked(string message, string pattern) => Assert.Equal(pattern, PatternOf(message));

    [Fact]
    public void A_long_pattern_is_cut_between_letters()
    {
        var cut = PatternOf(string.Concat(Enumerable.Repeat("€", 400)));
        Assert.Equal(new string('€', cut.Length), cut);
        Assert.InRange(Encoding.UTF8.GetByteCount(cut), MessagePattern.MostBytes - 6, MessagePattern.MostBytes);
        Assert.InRange(PatternOf(new string('a', 509) + " 12345").Length, 508, 510);
    }

    private static string PatternOf(string message)
    {
        Span<byte> into = stackalloc byte[MessagePattern.MostBytes];
        return Encoding.UTF8.GetString(into[..MessagePattern.Write(Encoding.UTF8.GetBytes(message), into)]);
    }
}
