namespace Picket.Events.Parsing;

/// <summary>How a sender wrote a time, so that it can be written the same again.</summary>
/// <param name="Separator"><c>T</c>, <c>t</c> or a space between date and time; 0 for a number since 1970.</param>
/// <param name="Digits">Digits of the fraction, 0 to 9; for a number the power of ten it counts in (0 s, 3 ms, 6 µs, 9 ns).</param>
/// <param name="Zone">Minutes east of UTC with a colon, or <see cref="Zulu"/> and <see cref="None"/>.</param>
/// <param name="Point">The byte before the fraction.</param>
public readonly record struct TimeSpelling(byte Separator, int Digits, short Zone, byte Point)
{
    public const short Zulu = 2_000;
    public const short None = 2_001;

    /// <summary>32 bits that stand for it in a shape.</summary>
    public uint Pack() => Separator | (uint)Digits << 8 | ((uint)Zone & 0xFFF) << 12 | (Point == (byte)',' ? 1u << 24 : 0);

    public static TimeSpelling Unpack(uint packed)
    {
        // Twelve bits with their sign.
        var zone = (short)((int)(packed >> 12 & 0xFFF) << 20 >> 20);
        return new TimeSpelling((byte)packed, (int)(packed >> 8 & 15), zone, (packed >> 24 & 1) == 1 ? (byte)',' : (byte)'.');
    }
}
