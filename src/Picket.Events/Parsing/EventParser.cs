using System.Text;
using System.Text.Unicode;
using Picket.Events.Batches;
using Picket.Events.Normalizing;

namespace Picket.Events.Parsing;

/// <summary>
/// JSON into the columns of an <see cref="EventBatchBuilder"/>, one pass, no allocation per event. Synchronous over spans: who reads the
/// network pumps. Made once and reused, because it remembers the names it saw. Not thread-safe.
/// </summary>
public sealed class EventParser : IDisposable
{
    private readonly Normalizer normalizer;
    private readonly NativeBuffer beside = new();
    private readonly NativeBuffer repaired = new();
    private readonly ParseLimits limits;
    private readonly Slot[] slots;
    private readonly List<ParseError> errors = [];
    private NameNode root = NewRoot();
    private int nodes;
    private int slotCount;
    private long valueBytes;
    private bool oddEscapes;
    private bool truncated;

    /// <param name="limits">The caps; null for the defaults.</param>
    public EventParser(ParseLimits? limits = null)
    {
        this.limits = limits ?? ParseLimits.Default;
        slots = new Slot[this.limits.Fields];
        normalizer = new Normalizer(Into, this.limits);
    }

    /// <summary>Where the events go.</summary>
    public EventBatchBuilder Into { get; } = new();

    /// <summary>The tenant of the events that follow.</summary>
    public TenantId Tenant { get; set; } = TenantId.Default;

    /// <summary>When the events that follow were received; ns since 1970.</summary>
    public long ReceivedAt { get; set; }

    /// <summary>The first <see cref="Limits.ListedErrors"/> refused items.</summary>
    public IReadOnlyList<ParseError> Errors => errors;

    /// <summary>Items refused, listed or not.</summary>
    public long Rejected { get; private set; }

    /// <summary>Lines seen, blank ones too; the last has this number.</summary>
    public long Lines { get; private set; }

    public ParseCounts Counts => normalizer.Counts;

    /// <summary>Forgets events, errors and counts, not the names.</summary>
    public void Reset()
    {
        Into.Clear();
        errors.Clear();
        Rejected = 0;
        Lines = 0;
        normalizer.Counts = default;
    }

    /// <summary>
    /// Adds the events of whole lines; of the last, unfinished one only when <paramref name="final"/>. Stops after the line at which the batch holds
    /// <paramref name="mostBytes"/> of input. Returns the bytes consumed.
    /// </summary>
    public int ParseLines(ReadOnlySpan<byte> text, bool final, int mostBytes = int.MaxValue)
    {
        var at = 0;
        while (at < text.Length && at < mostBytes)
        {
            var end = text[at..].IndexOf((byte)'\n');
            if (end < 0 && !final)
            {
                break;
            }
            var line = end < 0 ? text[at..] : text.Slice(at, end);
            at += end < 0 ? line.Length : end + 1;
            Lines++;
            line = line.Trim(" \t\r"u8);
            if (!line.IsEmpty)
            {
                TryParse(line, Lines);
            }
        }
        return at;
    }

    /// <summary>Counts a line that was skipped unread because it is longer than <see cref="Limits.LineBytes"/>.</summary>
    public void RefuseLongLine()
    {
        Lines++;
        Refuse(Lines, Limits.LineBytes, $"a line is longer than {Limits.LineBytes / 1024 / 1024} MiB");
    }

    /// <summary>Adds the event that is the whole of <paramref name="json"/>; false when it is refused.</summary>
    /// <param name="item">What its error is to name.</param>
    public bool TryParse(ReadOnlySpan<byte> json, long item)
    {
        if (!Utf8.IsValid(json))
        {
            json = Repair(json);
        }
        beside.Clear();
        slotCount = 0;
        valueBytes = 0;
        oddEscapes = false;
        truncated = false;
        var scan = new JsonScan(json);
        if (Walk(ref scan) is not { } end)
        {
            Refuse(item, scan.ErrorAt, scan.Error!);
            return false;
        }
        var found = new FoundEvent
        {
            Json = json,
            Beside = beside.Written,
            Slots = slots.AsSpan(0, slotCount),
            Plan = end.Plan ??= EventPlan.Make(end),
            OddEscapes = oddEscapes,
            Truncated = truncated,
        };
        if (normalizer.Add(found, Tenant, ReceivedAt) is { } reason)
        {
            Refuse(item, 0, reason);
            return false;
        }
        return true;
    }

    /// <summary>Refuses an item for a reason of its route.</summary>
    public void Refuse(long item, int offset, string reason)
    {
        Rejected++;
        if (errors.Count < Limits.ListedErrors)
        {
            errors.Add(new ParseError(item, offset, reason));
        }
    }

    public void Dispose()
    {
        Into.Dispose();
        beside.Dispose();
        repaired.Dispose();
    }

    private static NameNode NewRoot() => new(null, ShapeOp.Open, [], "");

    // Steps through the event's members; returns where its path ends, or null with the reason in the scan.
    private NameNode? Walk(ref JsonScan scan)
    {
        if (nodes > Limits.NameNodes)
        {
            root = NewRoot();
            nodes = 0;
            normalizer.Counts.NamesForgotten++;
        }
        var node = root;
        var depth = 1;
        var at = scan.SkipSpace(0);
        if (scan.Peek(at) != (byte)'{')
        {
            scan.Fail(at, "an event is a JSON object");
            return null;
        }
        at = scan.SkipSpace(at + 1);
        var atEnd = scan.Peek(at) == (byte)'}';
        while (true)
        {
            if (!atEnd)
            {
                at = Member(ref scan, at, ref node, ref depth);
                if (at < 0)
                {
                    return null;
                }
                if (scan.Text[at - 1] == (byte)'{')
                {
                    // An object was entered, and it has a member.
                    at = scan.SkipSpace(at);
                    continue;
                }
                at = scan.SkipSpace(at);
            }
            while (scan.Peek(at) == (byte)'}')
            {
                at++;
                if (--depth == 0)
                {
                    at = scan.SkipSpace(at);
                    if (at != scan.Text.Length)
                    {
                        scan.Fail(at, "something follows the event");
                        return null;
                    }
                    return node;
                }
                node = Step(node, ShapeOp.Close, default);
                at = scan.SkipSpace(at);
            }
            if (scan.Peek(at) != (byte)',')
            {
                scan.Fail(at, at >= scan.Text.Length ? "an object is not closed" : "expected a comma or } in an object");
                return null;
            }
            at = scan.SkipSpace(at + 1);
            atEnd = false;
        }
    }

    private int Member(ref JsonScan scan, int at, ref NameNode node, ref int depth)
    {
        // The sender's last event is the best guess at its next one.
        var guess = node.Next;
        var guessed = guess is not null && guess.Op != ShapeOp.Close && scan.Text[at..].StartsWith(guess.Prefix);
        var nameStart = at + 1;
        int nameEnd;
        if (guessed)
        {
            nameEnd = at + guess!.Prefix.Length - 2;
            at = scan.SkipSpace(at + guess.Prefix.Length);
        }
        else
        {
            at = scan.Name(at, out var afterName);
            if (at < 0)
            {
                return JsonScan.Wrong;
            }
            nameEnd = afterName - 1;
        }
        var isObject = scan.Peek(at) == (byte)'{' && scan.Peek(scan.SkipSpace(at + 1)) != (byte)'}';
        if (slotCount == slots.Length)
        {
            normalizer.Counts.TooManyFields += truncated ? 0 : 1;
            truncated = true;
            return scan.Value(at);
        }
        if (isObject && depth < limits.Nesting)
        {
            depth++;
            node = guessed && guess!.Op == ShapeOp.Open ? guess : Step(node, ShapeOp.Open, scan.Text[nameStart..nameEnd]);
            return at + 1;
        }
        var end = FindValue(ref scan, at, depth, out var kept);
        if (end >= 0 && kept)
        {
            node = guessed && guess!.Op == ShapeOp.Value ? guess : Step(node, ShapeOp.Value, scan.Text[nameStart..nameEnd]);
        }
        return end;
    }

    private NameNode Step(NameNode from, ShapeOp op, ReadOnlySpan<byte> name)
    {
        if (from.Next is { } next && next.Op == op && name.SequenceEqual(next.Name))
        {
            return next;
        }
        if (from.Find(op, name) is { } known)
        {
            return known;
        }
        nodes++;
        return from.Add(op, name, PathOf(from, op, name));
    }

    private string PathOf(NameNode from, ShapeOp op, ReadOnlySpan<byte> name)
    {
        // The object that a step stands in: an open's own, or that of the value or close before it.
        var around = from.Op == ShapeOp.Open ? from.Path : Parent(from);
        if (op == ShapeOp.Close)
        {
            return around;
        }
        var start = beside.Length;
        JsonText.Unescape(name, beside);
        var text = Encoding.UTF8.GetString(beside.Written[start..]);
        beside.Truncate(start);
        return from == root || around.Length == 0 ? text : $"{around}.{text}";
    }

    private static string Parent(NameNode node)
    {
        // Walk back over siblings and closed objects to the open that holds this step.
        var closed = 0;
        for (var step = node; step.Previous is not null; step = step.Previous)
        {
            if (step.Op == ShapeOp.Close)
            {
                closed++;
            }
            else if (step.Op == ShapeOp.Open && closed-- == 0)
            {
                return step.Path;
            }
        }
        return "";
    }

    private int FindValue(ref JsonScan scan, int at, int depth, out bool kept)
    {
        kept = true;
        var first = scan.Peek(at);
        var end = scan.Value(at);
        if (end < 0)
        {
            return end;
        }
        var besideAt = beside.Length;
        var slot = new Slot(at, end - at, ValueKind.Null, false);
        switch (first)
        {
            case (byte)'"':
                slot = new Slot(at + 1, end - at - 2, ValueKind.Text, false);
                if (scan.HasEscape)
                {
                    oddEscapes |= !JsonText.Unescape(scan.Text.Slice(slot.Start, slot.Length), beside);
                    slot = new Slot(besideAt, beside.Length - besideAt, ValueKind.Text, true);
                }
                break;
            case (byte)'t':
                slot = slot with { Kind = ValueKind.True };
                break;
            case (byte)'f':
                slot = slot with { Kind = ValueKind.False };
                break;
            case (byte)'n':
                break;
            case (byte)'[' or (byte)'{':
                var deep = depth + scan.Depth > limits.Nesting;
                normalizer.Counts.TooDeep += deep ? 1 : 0;
                truncated |= deep;
                slot = slot with { Kind = deep ? ValueKind.DeepJson : ValueKind.Json };
                if (scan.HasSpace)
                {
                    JsonText.Compact(scan.Text[at..end], beside);
                    slot = new Slot(besideAt, beside.Length - besideAt, slot.Kind, true);
                }
                break;
            default:
                slot = slot with { Kind = scan.IsInteger ? ValueKind.Integer : ValueKind.Decimal };
                break;
        }
        valueBytes += Math.Min(slot.Length, limits.ValueBytes);
        if (valueBytes > limits.EventBytes)
        {
            normalizer.Counts.TooLarge += truncated ? 0 : 1;
            truncated = true;
            kept = false;
            beside.Truncate(besideAt);
            return end;
        }
        slots[slotCount++] = slot;
        return end;
    }

    private ReadOnlySpan<byte> Repair(ReadOnlySpan<byte> json)
    {
        normalizer.Counts.Repaired++;
        repaired.Clear();
        repaired.Append((ReadOnlySpan<byte>)Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json)));
        return repaired.Written;
    }
}
