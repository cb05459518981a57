using System.Buffers.Binary;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Events.Schema;

namespace Picket.Events.Normalizing;

/// <summary>
/// What normalising does with events of one sequence of names, decided once: which value becomes which field, which synonym wins, what is
/// folded. The spellings that differ from event to event make variants of the shape.
/// </summary>
internal sealed class EventPlan
{
    private readonly Dictionary<ulong, byte[]> shapes = [];
    private readonly List<NameNode> steps = [];

    private EventPlan()
    {
    }

    public PlannedSlot[] Slots { get; private set; } = [];
    public int TimeSlot { get; private set; } = -1;
    public int LevelSlot { get; private set; } = -1;
    public int SeveritySlot { get; private set; } = -1;
    public int TagsSlot { get; private set; } = -1;

    /// <summary>Whether columns cannot give the event back: a name came twice.</summary>
    public bool NeedsRaw { get; private set; }

    public int NamesCut { get; private set; }

    public static EventPlan Make(NameNode end)
    {
        var plan = new EventPlan();
        for (var step = end; step.Previous is not null; step = step.Previous)
        {
            plan.steps.Insert(0, step);
        }
        plan.Assign();
        return plan;
    }

    /// <summary>The shape of an event of this plan with these spellings; see <see cref="ShapeVariant"/>.</summary>
    public byte[] Shape(ShapeVariant variant)
    {
        if (!shapes.TryGetValue(variant.Bits, out var shape))
        {
            shape = WriteShape(variant);
            // Spellings of one plan are few (zones, digits, levels' cases); an attacker's are not remembered.
            if (shapes.Count < 256)
            {
                shapes.Add(variant.Bits, shape);
            }
        }
        return shape;
    }

    private void Assign()
    {
        var paths = steps.Where(step => step.Op == ShapeOp.Value).ToArray();
        var values = paths.Select(Name).ToArray();
        var owners = new Dictionary<Field, int>();
        for (var i = 0; i < values.Length; i++)
        {
            if (EventSchema.TryGet(values[i].Name, out var known)
                && (!owners.TryGetValue(known.Field, out var owner) || Rank(known, values[i]) < Rank(known, values[owner])))
            {
                owners[known.Field] = i;
            }
        }
        Slots = new PlannedSlot[values.Length];
        var taken = new Dictionary<Field, int>();
        for (var i = 0; i < values.Length; i++)
        {
            var slot = Plan(i, values[i], paths[i].Path, owners);
            if (taken.TryGetValue(slot.Field, out var earlier))
            {
                Slots[earlier] = Slots[earlier] with { Skip = true };
                NeedsRaw = true;
            }
            taken[slot.Field] = i;
            Slots[i] = slot;
        }
        TimeSlot = Array.FindIndex(Slots, slot => slot.Role == FieldRole.Time && !slot.Skip);
        LevelSlot = Array.FindIndex(Slots, slot => slot.Role == FieldRole.Level && !slot.Skip);
        SeveritySlot = Array.FindIndex(Slots, slot => slot.Role == FieldRole.Severity && !slot.Skip);
        TagsSlot = Array.FindIndex(Slots, slot => slot.Field.Equals(EventSchema.Tags) && !slot.Skip);
    }

    private PlannedSlot Plan(int index, (string Name, int Wrapper) value, string path, Dictionary<Field, int> owners)
    {
        if (EventSchema.TryGet(value.Name, out var known))
        {
            return owners[known.Field] == index
                ? new PlannedSlot(known.Field, known.Role)
                : new PlannedSlot(new Field(value.Wrapper > 0 ? path : "event." + value.Name), FieldRole.Plain);
        }
        if (EventSchema.IsOwn(value.Name))
        {
            return new PlannedSlot(new Field("event." + value.Name), FieldRole.Plain);
        }
        var utf8 = System.Text.Encoding.UTF8.GetBytes(value.Name);
        if (utf8.Length > Limits.NameBytes)
        {
            NamesCut++;
            NeedsRaw = true;
            return new PlannedSlot(Field.FromUtf8(JsonText.Cut(utf8, Limits.NameBytes)), FieldRole.Plain);
        }
        return new PlannedSlot(new Field(value.Name), FieldRole.Plain);
    }

    // What stands in an object that only wraps counts as standing beside it; which wrapper, from 1 on. A name that begins so itself is in no `fields`.
    private static (string Name, int Wrapper) Name(NameNode step)
    {
        for (var i = 0; i < EventSchema.Wrappers.Count; i++)
        {
            if (EventSchema.WrapperLength(step.Path, EventSchema.Wrappers[i]) is var length and > 0 && !(i == 0 && step.Name.AsSpan().StartsWith("fields."u8)))
            {
                return (step.Path[length..], i + 1);
            }
        }
        return (step.Path, 0);
    }

    // The field's own name first, then its synonyms in the table's order; what is wrapped after all of them.
    private static int Rank(KnownField known, (string Name, int Wrapper) value) =>
        Array.IndexOf(known.Synonyms, value.Name) + (value.Wrapper * 1_000);

    private byte[] WriteShape(ShapeVariant variant)
    {
        using var shape = new NativeBuffer();
        var slot = 0;
        if (NeedsRaw)
        {
            shape.Append((byte)ShapeOp.NeedsRaw);
        }
        foreach (var step in steps)
        {
            if (step.Op == ShapeOp.Close)
            {
                shape.Append((byte)ShapeOp.Close);
            }
            else if (step.Op == ShapeOp.Open)
            {
                shape.Append((byte)ShapeOp.Open);
                Put(shape, step.Name);
            }
            else
            {
                WriteSlot(shape, step.Name, slot++, variant);
            }
        }
        return shape.Written.ToArray();
    }

    private void WriteSlot(NativeBuffer shape, byte[] name, int index, ShapeVariant variant)
    {
        var slot = Slots[index];
        if (slot.Skip)
        {
            return;
        }
        if (slot.Role == FieldRole.Time && variant.Time is { } time)
        {
            shape.Append((byte)ShapeOp.Time);
            Put(shape, name);
            BinaryPrimitives.WriteUInt32LittleEndian(shape.Take(4), time.Pack());
            shape.Append((byte)(variant.TimeIsQuoted ? 1 : 0));
            return;
        }
        var spelling = slot.Role switch { FieldRole.Level => variant.Level, FieldRole.Severity => variant.Severity, _ => -1 };
        if (spelling >= 0)
        {
            var text = (slot.Role == FieldRole.Level ? Levels.Spellings : Severities.Spellings).Text(spelling);
            shape.Append((byte)ShapeOp.Folded);
            Put(shape, name);
            Put(shape, slot.Field.Utf8);
            Put(shape, variant.IsNumber(slot.Role) ? text : [(byte)'"', .. text, (byte)'"']);
            return;
        }
        shape.Append((byte)ShapeOp.Value);
        Put(shape, name);
        Put(shape, (slot.Role == FieldRole.Address && !variant.IsRaw(slot.Field) ? slot.Field : slot.RawField).Utf8);
    }

    private static void Put(NativeBuffer shape, ReadOnlySpan<byte> part)
    {
        shape.AppendVarint((ulong)part.Length);
        shape.Append(part);
    }
}
