using System.Text;

namespace Picket.Detection.Windows;

/// <summary>
/// Writes down what windows have in memory, for <see cref="SnapshotReader"/> of the same program and the same rules: nothing in it says what it is. Numbers are little-endian, lengths seven bits a byte.
/// </summary>
internal sealed class SnapshotWriter(Stream into) : BinaryWriter(into, Encoding.UTF8, leaveOpen: true)
{
    /// <summary>Bytes, and before them how many.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        Write7BitEncodedInt(bytes.Length);
        Write(bytes);
    }

    public void WriteValue(UInt128 value)
    {
        Write((ulong)value);
        Write((ulong)(value >> 64));
    }

    public void WriteEntry(in WindowEntry entry)
    {
        Write(entry.Time);
        Write(entry.Seq);
        Write(entry.ReceivedAt);
        Write7BitEncodedInt64((long)entry.Inputs);
        // Most measure nothing.
        Write(entry.Value != 0);
        if (entry.Value != 0)
        {
            WriteValue(entry.Value);
        }
        WriteAbove(entry.Above);
    }

    public void WriteMissing(in Missing missing)
    {
        Write(missing.From);
        Write(missing.Through);
        Write(missing.Events);
        Write(missing.Inputs);
    }

    private void WriteAbove(IReadOnlyList<Above>? all)
    {
        Write7BitEncodedInt(all?.Count ?? 0);
        foreach (var above in all ?? [])
        {
            Write7BitEncodedInt(above.To.Trigger.Place);
            Write7BitEncodedInt(above.To.Input);
            Write7BitEncodedInt(above.To.Base);
            WriteBytes(above.Key);
            WriteBytes(above.Subject.Bytes.Span);
            WriteValue(above.Value);
            WriteAbove(above.Further);
        }
    }
}
