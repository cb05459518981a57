using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Events.Schema;

namespace Picket.Events.Normalizing;

/// <summary>
/// Turns the values found in an event into a row: synonyms to their field, times to instants, levels and severities to theirs, addresses to
/// canonical text, each value within its cap. Writes nothing for an event it refuses.
/// </summary>
internal sealed class Normalizer(EventBatchBuilder into, ParseLimits limits)
{
    // Shapes' numbers in the batch being gathered. Keyed by the array itself: a plan hands out the same one each time.
    private readonly Dictionary<byte[], int> shapeCodes = new(ReferenceEqualityComparer.Instance);
    private byte[]? lastShape;
    private int lastCode;
    private int shapeEpoch = -1;

    public ParseCounts Counts;

    /// <summary>Null when the event was added, else why not.</summary>
    public string? Add(in FoundEvent found, TenantId tenant, long receivedAt)
    {
        var plan = found.Plan;
        var variant = default(ShapeVariant);
        var keepRaw = plan.NeedsRaw || found.OddEscapes;
        var time = receivedAt;
        var originalTime = -1;
        var isAhead = false;
        if (plan.TimeSlot >= 0 && !TryReadTime(found, receivedAt, ref time, ref originalTime, ref isAhead, ref variant, ref keepRaw))
        {
            return "its time is none that can be read; send RFC 3339, such as 2026-01-20T06:20:00Z, or a number since 1970";
        }
        var (level, severity) = ReadLevels(found, ref variant);

        into.BeginEvent(tenant, time, receivedAt, level, severity);
        var truncated = found.Truncated;
        var slots = plan.Slots;
        // What was sent is given back without the tag.
        keepRaw |= isAhead && plan.TagsSlot >= 0;
        for (var i = 0; i < found.Slots.Length; i++)
        {
            ref var slot = ref slots[i];
            if (slot.Skip)
            {
                continue;
            }
            var kind = found.Slots[i].Kind;
            var text = found.Text(i);
            if (text.Length > limits.ValueBytes)
            {
                text = JsonText.Cut(text, limits.ValueBytes);
                kind = ValueKind.Text;
                truncated = true;
                Counts.ValuesCut++;
            }
            if (isAhead && i == plan.TagsSlot)
            {
                AddTags(kind, text);
                continue;
            }
            switch (slot.Role)
            {
                case FieldRole.Plain:
                    into.Add(slot.ColumnIn(into), kind, text);
                    break;
                case FieldRole.Address:
                    AddAddress(ref slot, kind, text, ref variant);
                    break;
                case FieldRole.Time when originalTime == i:
                case FieldRole.Level when variant.Level < 0:
                case FieldRole.Severity when variant.Severity < 0:
                    into.Add(slot.RawField, kind, text);
                    break;
            }
        }
        if (isAhead && plan.TagsSlot < 0)
        {
            into.Add(EventSchema.Tags, ValueKind.Json, ClockSkew.Alone);
        }
        if (truncated)
        {
            into.Add(EventSchema.Truncated, ValueKind.True, "true"u8);
        }
        if ((keepRaw || truncated) && found.Json.Length <= limits.EventBytes)
        {
            into.Add(EventSchema.Raw, ValueKind.Text, found.Json);
        }
        Counts.NamesCut += plan.NamesCut;
        into.EndEvent(ShapeCode(plan.Shape(variant)));
        return null;
    }

    private bool TryReadTime(in FoundEvent found, long receivedAt, ref long time, ref int original, ref bool isAhead, ref ShapeVariant variant, ref bool keepRaw)
    {
        var slot = found.Plan.TimeSlot;
        var kind = found.Slots[slot].Kind;
        if (kind == ValueKind.Null)
        {
            original = slot;
            return true;
        }
        if (kind is not (ValueKind.Text or ValueKind.Integer or ValueKind.Decimal)
            || !Timestamps.TryParse(found.Text(slot), out var parsed, out var spelling))
        {
            return false;
        }
        isAhead = ClockSkew.IsIn(parsed, receivedAt);
        if (parsed < Instant.Min || parsed - limits.ClockAhead > receivedAt)
        {
            original = slot;
            Counts.TimesMoved++;
            return true;
        }
        time = parsed;
        if (spelling is { } known)
        {
            variant.SetTime(known, kind == ValueKind.Text);
        }
        else
        {
            keepRaw = true;
        }
        return true;
    }

    private void AddTags(ValueKind kind, ReadOnlySpan<byte> text)
    {
        using var tags = new NativeBuffer();
        ClockSkew.Add(kind, text, tags);
        into.Add(EventSchema.Tags, ValueKind.Json, tags.Written);
    }

    private static (byte Level, byte Severity) ReadLevels(in FoundEvent found, ref ShapeVariant variant)
    {
        var hasLevel = TryReadFolded(found, found.Plan.LevelSlot, FieldRole.Level, ref variant, out var level);
        var hasSeverity = TryReadFolded(found, found.Plan.SeveritySlot, FieldRole.Severity, ref variant, out var severity);
        level = hasLevel ? level : hasSeverity ? Severities.ToLevel(severity) : Levels.Info;
        return (level, hasSeverity ? severity : Levels.ToSeverity(level));
    }

    private static bool TryReadFolded(in FoundEvent found, int slot, FieldRole role, ref ShapeVariant variant, out byte value)
    {
        value = 0;
        if (slot < 0 || found.Slots[slot].Kind is not (ValueKind.Text or ValueKind.Integer))
        {
            return false;
        }
        var spellings = role == FieldRole.Level ? Levels.Spellings : Severities.Spellings;
        if (!spellings.TryRead(found.Text(slot), out value, out var spelling))
        {
            return false;
        }
        if (spelling >= 0)
        {
            variant.SetFolded(role, spelling, found.Slots[slot].Kind == ValueKind.Integer);
        }
        return true;
    }

    private void AddAddress(ref PlannedSlot slot, ValueKind kind, ReadOnlySpan<byte> text, ref ShapeVariant variant)
    {
        var canonical = false;
        if (kind == ValueKind.Text && Address.TryParse(text, out var address, out canonical))
        {
            Span<byte> written = stackalloc byte[48];
            into.Add(slot.ColumnIn(into), ValueKind.Text, canonical ? text : written[..address.Write(written)]);
        }
        if (!canonical)
        {
            into.Add(slot.RawField, kind, text);
            variant.SetRaw(slot.Field);
        }
    }

    private int ShapeCode(byte[] shape)
    {
        if (shapeEpoch != into.Epoch)
        {
            shapeCodes.Clear();
            lastShape = null;
            shapeEpoch = into.Epoch;
        }
        if (shape != lastShape)
        {
            if (!shapeCodes.TryGetValue(shape, out lastCode))
            {
                shapeCodes.Add(shape, lastCode = into.AddShape(shape));
            }
            lastShape = shape;
        }
        return lastCode;
    }
}
