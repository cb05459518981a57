using System.Net;
using System.Text;
using Picket.Testing;

namespace Picket.Events.Tests;

public sealed class AddressTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.255.1.2", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [InlineData("0.0.0.0/0", "203.0.113.9", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "203.0.113.9", true)]
    [InlineData("2001:db8::/32", "2001:DB8:1::5", true)]
    [InlineData("2001:db8::/32", "2001:db9::", false)]
    [InlineData("9.9.9.9", "9.9.9.9", true)]
    public void A_network_contains_addresses(string network, string address, bool expected)
    {
        Assert.True(Network.TryParse(network, out var parsed));
        Assert.True(Address.TryParse(Encoding.ASCII.GetBytes(address), out var parsedAddress, out _));
        Assert.Equal(expected, parsed.Contains(parsedAddress));
    }

    [Theory]
    [InlineData("10.0.0.7/8", "10.0.0.0/8")]
    [InlineData("9.9.9.9", "9.9.9.9/32")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("2001:DB8:0:0::5/32", "2001:db8::/32")]
    [InlineData("::1", "::1/128")]
    public void A_network_is_written_so_that_it_is_read_again(string text, string written)
    {
        Assert.True(Network.TryParse(text, out var network));
        Assert.Equal(written, network.ToString());
        Assert.True(Network.TryParse(written, out var again));
        Assert.Equal(network, again);
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0/8")]
    [InlineData("::/129")]
    [InlineData("/8")]
    public void What_is_no_network_is_none(string text) => Assert.False(Network.TryParse(text, out _));

    [Theory]
    [InlineData("1")]
    [InlineData("256.1.1.1")]
    [InlineData("01.1.1.1")]
    [InlineData("1.1.1.1.")]
    [InlineData("fe80::1%eth0")]
    [InlineData("10.0.0.0/8")]
    [InlineData("[::1]")]
    public void What_is_no_address_is_none(string text) => Assert.False(Address.TryParse(Encoding.ASCII.GetBytes(text), out _, out _));

    [Fact]
    public void An_address_is_written_as_the_base_library_does() => Property.Holds(1_000, random =>
    {
        var bytes = new byte[random.Next(2) == 0 ? 4 : 16];
        random.NextBytes(bytes.AsSpan(0, random.Next(bytes.Length + 1)));
        var text = new IPAddress(bytes).ToString();
        Assert.True(Address.TryParse(Encoding.ASCII.GetBytes(text), out var address, out var isCanonical));
        Assert.True(isCanonical);
        Span<byte> written = stackalloc byte[48];
        Assert.Equal(text, Encoding.ASCII.GetString(written[..address.Write(written)]));
    });
}
