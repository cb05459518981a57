namespace Picket.Storage.Encodings;

/// <summary>Digits of base 16 in lower case. The base library reads both cases, and then the case would be lost.</summary>
internal static class Hex
{
    private static ReadOnlySpan<byte> Digits => "0123456789abcdef"u8;

    private static readonly byte[] Values = [.. Enumerable.Range(0, 256).Select(c => (byte)Digits.IndexOf((byte)c))];

    /// <summary>False when some character is none of the sixteen.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, Span<byte> into)
    {
        for (var i = 0; i < text.Length; i += 2)
        {
            var (high, low) = (Values[text[i]], Values[text[i + 1]]);
            if ((high | low) > 15)
            {
                return false;
            }
            into[i / 2] = (byte)((high << 4) | low);
        }
        return true;
    }

    public static void Write(ReadOnlySpan<byte> bytes, Span<byte> into)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            into[2 * i] = Digits[bytes[i] >> 4];
            into[(2 * i) + 1] = Digits[bytes[i] & 15];
        }
    }
}
