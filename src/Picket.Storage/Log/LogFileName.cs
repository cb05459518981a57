using System.Globalization;
using Picket.Storage.Files;

namespace Picket.Storage.Log;

/// <summary>
/// A log file's name says the number its first event has, and a try: when a file is given up after a failed write, the next begins at the
/// same number with the next try, and what the older one holds from there on does not count.
/// </summary>
internal readonly record struct LogFileName(ulong First, int Try) : IComparable<LogFileName>
{
    public const string Folder = "log";

    /// <summary>A file whose events are all in segments, kept to be written again under a new name.</summary>
    public const string Spare = $"{Folder}/spare";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Folder}/{First:x16}-{Try:d3}.log");

    /// <summary>The log's files, in order. A file's events end where the next one's begin.</summary>
    public static LogFileName[] All(IStorageFiles files) =>
        [.. files.List(Folder).Select(path => TryParse(path, out var name) ? name : (LogFileName?)null).OfType<LogFileName>().Order()];

    public int CompareTo(LogFileName other) => First == other.First ? Try.CompareTo(other.Try) : First.CompareTo(other.First);

    public static bool TryParse(string path, out LogFileName name)
    {
        name = default;
        var file = Path.GetFileName(path);
        if (file.Length < 24 || file[16] != '-' || !file.EndsWith(".log", StringComparison.Ordinal)
            || !ulong.TryParse(file.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var first)
            || !int.TryParse(file.AsSpan(17, file.Length - 21), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt))
        {
            return false;
        }
        name = new LogFileName(first, attempt);
        return true;
    }
}
