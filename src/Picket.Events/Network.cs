using System.Globalization;
using System.Text;

namespace Picket.Events;

/// <summary>A range of addresses in CIDR notation: <c>10.0.0.0/8</c>, <c>2001:db8::/32</c>, or one address alone.</summary>
public readonly record struct Network(UInt128 Prefix, int Bits)
{
    public static bool TryParse(string text, out Network network)
    {
        network = default;
        var slash = text.IndexOf('/');
        var host = slash < 0 ? text : text[..slash];
        if (!Address.TryParse(Encoding.UTF8.GetBytes(host), out var address, out _))
        {
            return false;
        }
        var most = host.Contains(':') ? 128 : 32;
        var bits = most;
        if (slash >= 0 && (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > most))
        {
            return false;
        }
        bits += 128 - most;
        network = new Network(address.Bits & Mask(bits), bits);
        return true;
    }

    public bool Contains(Address address) => (address.Bits & Mask(Bits)) == Prefix;

    public override string ToString()
    {
        Span<byte> text = stackalloc byte[48];
        var address = new Address(Prefix);
        var length = address.Write(text);
        var v4 = !text[..length].Contains((byte)':');
        return string.Create(CultureInfo.InvariantCulture, $"{Encoding.ASCII.GetString(text[..length])}/{(v4 ? Bits - 96 : Bits)}");
    }

    private static UInt128 Mask(int bits) => bits == 0 ? 0 : UInt128.MaxValue << (128 - bits);
}
