using System.IO.Compression;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;

namespace Picket.Offline;

/// <summary>
/// Events of a file as rules are run over them: JSON lines, one object, several one after the other, an array, or <c>{"Records":[…]}</c>; plain, gzip, or several in a zip.
/// Lines are read as they come; anything else is read whole, up to <see cref="MostBytes"/>.
/// </summary>
/// <param name="refused">Told what could not be read, with its place.</param>
internal sealed class EventEntries(Action<string> refused) : IDisposable
{
    /// <summary>Bytes of a text that is not in lines, and of one line.</summary>
    public const int MostBytes = 1024 * 1024 * 1024;

    private const int PartBytes = 4 * 1024 * 1024;
    private const int BatchEvents = 8_192;

    // Nothing is stored, so what a server would cut is looked at whole, and its time is believed.
    private readonly EventParser parser = new(new ParseLimits { ValueBytes = 16 * 1024 * 1024, EventBytes = 64 * 1024 * 1024, ClockAhead = Instant.Max }) { ReceivedAt = Instant.Now(TimeProvider.System) };
    private readonly List<int> lines = [];

    /// <param name="Entry">Within an archive; null for a file that is none.</param>
    /// <param name="Lines">Each event's line, counted from 1; in an array its place.</param>
    /// <param name="Batch">Disposed by the reader.</param>
    public sealed record Part(string? Entry, IReadOnlyList<int> Lines, EventBatch Batch);

    public IEnumerable<Part> Read(string file)
    {
        using var raw = File.OpenRead(file);
        if (!file.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var part in Read(file, null, Plain(file, raw)))
            {
                yield return part;
            }
            yield break;
        }
        using var zip = new ZipArchive(raw, ZipArchiveMode.Read);
        foreach (var entry in zip.Entries.Where(entry => entry.Length > 0))
        {
            using var text = Plain(entry.Name, entry.Open());
            foreach (var part in Read($"{file}, {entry.FullName}", entry.FullName, text))
            {
                yield return part;
            }
        }
    }

    public void Dispose() => parser.Dispose();

    private static Stream Plain(string name, Stream raw) => name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(raw, CompressionMode.Decompress) : raw;

    private IEnumerable<Part> Read(string name, string? entry, Stream text)
    {
        var (buffer, filled, line, isWhole) = (new byte[PartBytes], 0, 1, false);
        for (var read = -1; read != 0;)
        {
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, MostBytes));
            }
            read = text.ReadAtLeast(buffer.AsSpan(filled), buffer.Length - filled, throwOnEndOfStream: false);
            filled += read;
            if (filled == MostBytes)
            {
                refused($"{name}, line {line}: longer than {MostBytes / 1024 / 1024:N0} MiB; the rest is not read");
                yield break;
            }
            isWhole = isWhole || (line == 1 && !StartsWithLines(buffer.AsSpan(0, filled)));
            var end = read == 0 ? filled : isWhole ? 0 : buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
            for (var at = 0; at < end;)
            {
                at = isWhole ? AddValue(name, buffer.AsSpan(0, end), at, ref line) : AddLine(name, buffer.AsSpan(0, end), at, ref line);
                if (lines.Count >= BatchEvents)
                {
                    yield return Seal(entry);
                }
            }
            buffer.AsSpan(end, filled - end).CopyTo(buffer);
            filled -= end;
        }
        if (lines.Count > 0)
        {
            yield return Seal(entry);
        }
    }

    private Part Seal(string? entry)
    {
        var part = new Part(entry, lines.ToArray(), parser.Into.Seal());
        lines.Clear();
        return part;
    }

    // Whether the first line that is not empty is a JSON value of its own.
    private static bool StartsWithLines(ReadOnlySpan<byte> text)
    {
        var start = new JsonScan(text).SkipSpace(0);
        var line = text[start..];
        var end = line.IndexOf((byte)'\n');
        line = end < 0 ? line : line[..end];
        return !line.IsEmpty && line[0] == '{' && new JsonScan(line).Value(0) is var length && length > 0 && new JsonScan(line).SkipSpace(length) == line.Length;
    }

    private int AddLine(string name, ReadOnlySpan<byte> text, int at, ref int line)
    {
        var length = text[at..].IndexOf((byte)'\n');
        var one = (length < 0 ? text[at..] : text.Slice(at, length)).Trim(" \t\r"u8);
        if (!one.IsEmpty)
        {
            Add(name, one, line);
        }
        line++;
        return length < 0 ? text.Length : at + length + 1;
    }

    private int AddValue(string name, ReadOnlySpan<byte> text, int at, ref int line)
    {
        var scan = new JsonScan(text);
        var start = scan.SkipSpace(at);
        line += text[at..start].Count((byte)'\n');
        if (start == text.Length)
        {
            return start;
        }
        var end = scan.Value(start);
        if (end < 0)
        {
            refused($"{name}, line {line}: {scan.Error ?? "this is no JSON"}; the rest is not read");
            return text.Length;
        }
        Add(name, text[start..end], line);
        line += text[start..end].Count((byte)'\n');
        return end;
    }

    // An event, or several in an array.
    private void Add(string name, ReadOnlySpan<byte> json, int line)
    {
        var array = json[0] == '[' ? 0 : Records(json);
        if (array < 0)
        {
            AddEvent(name, json, line);
            return;
        }
        var number = 0;
        foreach (var item in new JsonItems(json, array))
        {
            AddEvent(name, item, ++number);
        }
    }

    private void AddEvent(string name, ReadOnlySpan<byte> json, int line)
    {
        if (parser.TryParse(json, line))
        {
            lines.Add(line);
        }
        else
        {
            refused($"{name}, line {line}: {parser.Errors[^1].Reason}");
        }
    }

    // Where the array of {"Records":[…]} begins; -1 for another value.
    private static int Records(ReadOnlySpan<byte> json)
    {
        if (json[0] != '{')
        {
            return -1;
        }
        var scan = new JsonScan(json);
        var name = scan.SkipSpace(1);
        const int length = 9;
        if (!json[name..].StartsWith("\"Records\""u8))
        {
            return -1;
        }
        var colon = scan.SkipSpace(name + length);
        var value = scan.Peek(colon) == (byte)':' ? scan.SkipSpace(colon + 1) : json.Length;
        return scan.Peek(value) == (byte)'[' ? value : -1;
    }
}
