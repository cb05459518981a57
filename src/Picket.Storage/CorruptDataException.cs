namespace Picket.Storage;

/// <summary>A file does not hold what was written to it.</summary>
public sealed class CorruptDataException(string file, long offset, string expected)
    : Exception($"{file} is damaged at byte {offset}: {expected}.")
{
    public string File { get; } = file;
    public long Offset { get; } = offset;
}
