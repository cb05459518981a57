using System.Globalization;
using Picket.Events;

namespace Picket.Storage.Segments;

/// <summary>Which rows go together into a segment: those of one UTC day that expire on one day. Only segments of one day and expiry are merged.</summary>
/// <param name="Day">Days since 1970; −1 for a mix of days.</param>
/// <param name="ExpiryDay">The day on which the last of its rows may go; −1 for never.</param>
/// <param name="Level">0: as flushed; each merge adds one.</param>
internal readonly record struct SegmentKind(int Day, int ExpiryDay, int Level)
{
    public const int MixedDay = -1;
    public const int Never = -1;
    public const string Folder = "segments";

    /// <summary>A file's name: its day, for people, and a number that no other has.</summary>
    public string FileName(long number)
    {
        var day = Day == MixedDay ? "mixed" : Instant.ToDateTimeOffset(Day * Instant.PerDay).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{Folder}/{day}-{number:x10}.seg");
    }

    /// <summary>The number in a file's name; −1 when it is none of ours.</summary>
    public static long NumberOf(string name)
    {
        var start = name.LastIndexOf('-') + 1;
        return name.EndsWith(".seg", StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(start, name.Length - start - 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : -1;
    }
}
