using Picket.Events.Parsing;
using Picket.Events.Schema;

namespace Picket.Events.Normalizing;

/// <summary>How one event spelled what normalising folds, in 64 bits: its time, level, severity and addresses.</summary>
internal record struct ShapeVariant(ulong Bits)
{
    private const int LevelShift = 28;
    private const int SeverityShift = 42;
    private const int TimeBit = 56;

    public readonly TimeSpelling? Time => (Bits >> TimeBit & 1) != 0 ? TimeSpelling.Unpack((uint)Bits & 0x1FF_FFFF) : null;

    public readonly bool TimeIsQuoted => (Bits >> 25 & 1) != 0;

    /// <summary>The number of the level's spelling, or −1 when it is in <c>level_raw</c>.</summary>
    public readonly int Level => (int)(Bits >> LevelShift & 0xFFF) - 1;

    public readonly int Severity => (int)(Bits >> SeverityShift & 0xFFF) - 1;

    public void SetTime(TimeSpelling spelling, bool quoted) => Bits |= spelling.Pack() | (quoted ? 1ul << 25 : 0) | 1ul << TimeBit;

    public void SetFolded(FieldRole role, int spelling, bool number)
    {
        var shift = role == FieldRole.Level ? LevelShift : SeverityShift;
        Bits |= (ulong)(spelling + 1) << shift | (number ? 1ul << (shift + 12) : 0);
    }

    public readonly bool IsNumber(FieldRole role) => (Bits >> ((role == FieldRole.Level ? LevelShift : SeverityShift) + 12) & 1) != 0;

    public void SetRaw(Field address) => Bits |= 1ul << RawBit(address);

    public readonly bool IsRaw(Field address) => (Bits >> RawBit(address) & 1) != 0;

    private static int RawBit(Field address) => address.Name == "src_ip" ? 57 : 58;
}
