using System.Text;
using Picket.Detection.Alerts;

namespace Picket.Detection.Windows;

/// <summary>Reads what <see cref="SnapshotWriter"/> wrote; whether that is whole is known before. At its end more is an <see cref="EndOfStreamException"/>.</summary>
/// <param name="triggers">Those that it was written of.</param>
internal sealed class SnapshotReader(Stream from, TriggerSet triggers) : BinaryReader(from, Encoding.UTF8, leaveOpen: true)
{
    public TriggerSet Triggers => triggers;

    public byte[] ReadBytes() => ReadBytes(Read7BitEncodedInt());

    public UInt128 ReadUInt128()
    {
        var low = ReadUInt64();
        return new UInt128(ReadUInt64(), low);
    }

    public WindowEntry ReadEntry() => new(ReadInt64(), ReadUInt64(), ReadInt64(), (ulong)Read7BitEncodedInt64(), ReadBoolean() ? ReadUInt128() : default, ReadAbove());

    public Missing ReadMissing() => new(ReadInt64(), ReadInt64(), ReadInt32(), ReadUInt64());

    private Above[]? ReadAbove()
    {
        var count = Read7BitEncodedInt();
        var all = count == 0 ? null : new Above[count];
        for (var i = 0; i < count; i++)
        {
            var to = new TriggerInput(triggers.At(Read7BitEncodedInt()), Read7BitEncodedInt(), Read7BitEncodedInt());
            all![i] = new Above(to, ReadBytes(), AlertSubject.Of(to.Trigger, ReadBytes()), ReadUInt128(), ReadAbove());
        }
        return all;
    }
}
