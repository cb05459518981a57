using System.Globalization;

namespace Picket.Events;

/// <summary>
/// Where an event stands: which log, and its number there. <see cref="Seq"/> is dense, starts at 1 and counts events in the order
/// they were made durable. A new data folder takes a new <see cref="Log"/>, so a cursor from another one is noticed.
/// Spelled <c>3-1048576</c>.
/// </summary>
/// <param name="Log">1 to 2²² − 1 (it must fit an event's id); 0 only in the default value.</param>
/// <param name="Seq">1 to 2⁵² − 1; 0 stands before the first event.</param>
public readonly record struct LogPosition(uint Log, ulong Seq) : IComparable<LogPosition>, ISpanParsable<LogPosition>
{
    public const uint MaxLog = (1u << 22) - 1;
    public const ulong MaxSeq = (1ul << 52) - 1;

    /// <exception cref="InvalidOperationException">The two are of different logs: a restore went unnoticed.</exception>
    public int CompareTo(LogPosition other) =>
        Log == other.Log || Log == 0 || other.Log == 0
            ? Seq.CompareTo(other.Seq)
            : throw new InvalidOperationException($"Positions of two logs cannot be compared: {this} and {other}.");

    public static bool operator <(LogPosition left, LogPosition right) => left.CompareTo(right) < 0;

    public static bool operator >(LogPosition left, LogPosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(LogPosition left, LogPosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(LogPosition left, LogPosition right) => left.CompareTo(right) >= 0;

    public LogPosition Plus(ulong events) => new(Log, Seq + events);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Log}-{Seq}");

    public static LogPosition Parse(ReadOnlySpan<char> s, IFormatProvider? provider) =>
        TryParse(s, provider, out var position) ? position : throw new FormatException("A log position is spelled like 3-1048576.");

    public static LogPosition Parse(string s, IFormatProvider? provider) => Parse(s.AsSpan(), provider);

    public static bool TryParse(string? s, IFormatProvider? provider, out LogPosition result) => TryParse(s.AsSpan(), provider, out result);

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out LogPosition result)
    {
        result = default;
        var dash = s.IndexOf('-');
        if (dash <= 0
            || !uint.TryParse(s[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var log) || log > MaxLog
            || !ulong.TryParse(s[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var seq) || seq > MaxSeq)
        {
            return false;
        }
        result = new LogPosition(log, seq);
        return true;
    }
}
