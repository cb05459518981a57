using System.Runtime.CompilerServices;

namespace Picket.Detection.Windows;

/// <summary>An event in a group.</summary>
/// <param name="Time">When it counts as having happened; ns since 1970.</param>
/// <param name="Seq">Its number in the log.</param>
/// <param name="ReceivedAt">When it was received; ns since 1970.</param>
/// <param name="Inputs">Which of the rules that are looked at together it is of, a bit each.</param>
/// <param name="Value">What is measured: see <see cref="WindowValue"/>.</param>
/// <param name="Above">What it is to the correlations above; null where nothing is, or nothing begins with it whatever comes.</param>
internal readonly record struct WindowEntry(long Time, ulong Seq, long ReceivedAt, ulong Inputs, UInt128 Value, IReadOnlyList<Above>? Above = null) : IComparable<WindowEntry>
{
    /// <summary>The number that is added up.</summary>
    public decimal Number => Unsafe.BitCast<UInt128, decimal>(Value);

    public int CompareTo(WindowEntry other) => Time != other.Time ? Time.CompareTo(other.Time) : Seq.CompareTo(other.Seq);
}
