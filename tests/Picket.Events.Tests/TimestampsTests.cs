using System.Globalization;
using System.Text;
using Picket.Events.Parsing;
using Picket.Testing;

namespace Picket.Events.Tests;

public sealed class TimestampsTests
{
    [Theory]
    [InlineData("2026-01-20T06:20:00Z", "2026-01-20T06:20:00Z")]
    [InlineData("2026-01-20t06:20:00z", "2026-01-20T06:20:00Z")]
    [InlineData("2026-01-20 06:20:00.5", "2026-01-20T06:20:00.500Z")]
    [InlineData("2026-01-20T06:20:00,123456Z", "2026-01-20T06:20:00.123456Z")]
    [InlineData("2026-01-20T06:20:00.1234567891Z", "2026-01-20T06:20:00.123456789Z")]
    [InlineData("2026-01-20T06:20:00+02:00", "2026-01-20T04:20:00Z")]
    [InlineData("2026-01-20T06:20:00-0530", "2026-01-20T11:50:00Z")]
    [InlineData("2026-01-20T06:20:00+02", "2026-01-20T04:20:00Z")]
    [InlineData("2026-01-20 06:20:00 UTC", "2026-01-20T06:20:00Z")]
    [InlineData("2026-01-20T06:20Z", "2026-01-20T06:20:00Z")]
    [InlineData("2026-01-20", "2026-01-20T00:00:00Z")]
    [InlineData("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z")]
    [InlineData("1768890000", "2026-01-20T06:20:00Z")]
    [InlineData("1768890000.25", "2026-01-20T06:20:00.250Z")]
    [InlineData("1768890000123", "2026-01-20T06:20:00.123Z")]
    [InlineData("1768890000123456", "2026-01-20T06:20:00.123456Z")]
    [InlineData("1768890000123456789", "2026-01-20T06:20:00.123456789Z")]
    [InlineData("1.76889e9", "2026-01-20T06:20:00Z")]
    [InlineData("1768890000123.5", "2026-01-20T06:20:00.123500Z")]
    [InlineData("1768890000123456.25", "2026-01-20T06:20:00.123456250Z")]
    [InlineData("1768890000123456789.0", "2026-01-20T06:20:00.123456789Z")]
    [InlineData("2026-01-20 06:20:00 +02:00", "2026-01-20T04:20:00Z")]
    [InlineData("2026-01-20 06:20:00 GMT", "2026-01-20T06:20:00Z")]
    [InlineData("0", "1970-01-01T00:00:00Z")]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z")]
    public void A_time_is_read(string text, string expected)
    {
        Assert.True(Timestamps.TryParse(Encoding.UTF8.GetBytes(text), out var instant, out _));
        Assert.Equal(expected, Instant.Format(instant));
    }

    [Theory]
    [InlineData("")]
    [InlineData("now")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-01-20T24:00:00Z")]
    [InlineData("2026-01-20T06:20:00.Z")]
    [InlineData("2026-01-20T06:20:00+25:00")]
    [InlineData("2026-01-20X06:20:00Z")]
    [InlineData("20/01/2026")]
    [InlineData("NaN")]
    [InlineData("1e999")]
    [InlineData("2026-01-20T06:20:00+2")]
    [InlineData("2026-01-20T06:20:00+02.00")]
    [InlineData("2026-01-20T06:20:00+02:60")]
    [InlineData("2026-01-20T06:20:00ZZ")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("2026-01-20T06:20:00Z ")]
    public void What_is_no_time_is_refused(string text) => Assert.False(Timestamps.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("1969-12-31T23:59:59.9Z")]
    [InlineData("-5")]
    public void A_time_before_1970_is_negative(string text)
    {
        Assert.True(Timestamps.TryParse(Encoding.UTF8.GetBytes(text), out var instant, out _));
        Assert.True(instant < 0);
    }

    [Fact]
    public void Year_9999_is_the_greatest_instant()
    {
        Assert.True(Timestamps.TryParse("9999-12-31T23:59:59Z"u8, out var instant, out _));
        Assert.Equal(long.MaxValue, instant);
    }

    [Theory]
    [InlineData("99999999999999999999", long.MaxValue)]
    [InlineData("-99999999999999999999", long.MinValue)]
    [InlineData("1e300", long.MaxValue)]
    [InlineData("-1e300", long.MinValue)]
    [InlineData("10000000000", long.MaxValue)]
    [InlineData("-10000000000", long.MinValue)]
    public void A_number_past_what_an_instant_holds_is_the_nearest_there_is(string text, long expected)
    {
        Assert.True(Timestamps.TryParse(Encoding.ASCII.GetBytes(text), out var instant, out _));
        Assert.Equal(expected, instant);
    }

    [Fact]
    public void A_spelling_is_written_again() => Property.Holds(2_000, random =>
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(random.NextInt64(4_000_000_000_000));
        var zone = TimeSpan.FromMinutes(random.Next(-14 * 60, 14 * 60));
        var format = "yyyy-MM-dd" + (random.Next(2) == 0 ? "'T'" : "' '") + "HH:mm:ss" + (random.Next(3) switch { 0 => "", 1 => "'.'fff", _ => "','ffffff" });
        var text = random.Next(3) switch
        {
            0 => at.UtcDateTime.ToString(format, CultureInfo.InvariantCulture) + "Z",
            1 => at.UtcDateTime.ToString(format, CultureInfo.InvariantCulture),
            _ => at.ToOffset(zone).ToString(format + "zzz", CultureInfo.InvariantCulture),
        };
        Assert.True(Timestamps.TryParse(Encoding.ASCII.GetBytes(text), out var instant, out var spelling));
        if (text.EndsWith("-00:00", StringComparison.Ordinal))
        {
            return;
        }
        Span<byte> written = stackalloc byte[64];
        var unpacked = TimeSpelling.Unpack(spelling!.Value.Pack());
        Assert.Equal(text, Encoding.ASCII.GetString(written[..Timestamps.Write(instant, unpacked, written)]));
    });
}
