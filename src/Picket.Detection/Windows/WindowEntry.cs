namespace Picket.Detection.Windows;

/// <summary>An event in a group.</summary>
/// <param name="Time">When it counts as having happened; ns since 1970.</param>
/// <param name="Seq">Its number in the log.</param>
/// <param name="ReceivedAt">When it was received; ns since 1970.</param>
/// <param name="Inputs">Which of the rules that are looked at together it is of, a bit each.</param>
/// <param name="Value">Stands for the values of the fields whose distinct ones are counted.</param>
/// <param name="Number">The number that is added up.</param>
internal readonly record struct WindowEntry(long Time, ulong Seq, long ReceivedAt, ulong Inputs, UInt128 Value, decimal Number) : IComparable<WindowEntry>
{
    public int CompareTo(WindowEntry other) => Time != other.Time ? Time.CompareTo(other.Time) : Seq.CompareTo(other.Seq);
}
