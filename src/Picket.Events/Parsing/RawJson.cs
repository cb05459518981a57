using System.Buffers;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Events.Parsing;

/// <summary>Writes an event again from its columns and its shape: whole, as it was sent but for white space, or only what the sender added to the schema.</summary>
public static class RawJson
{
    /// <summary>The original event: the sender's names, order, nesting and spelling.</summary>
    public static void WriteOriginal(EventRow row, IBufferWriter<byte> into)
    {
        if (row.TryGet(EventSchema.Raw, out var raw))
        {
            into.Write(raw.Text);
            return;
        }
        var writer = new ObjectWriter(into, lazy: false);
        writer.Begin();
        var shape = new ShapeReader(row.Shape);
        while (shape.Read())
        {
            switch (shape.Op)
            {
                case ShapeOp.Open:
                    writer.Open(shape.Name);
                    break;
                case ShapeOp.Close:
                    writer.Close();
                    break;
                case ShapeOp.Time:
                    writer.Name(shape.Name);
                    WriteTime(row.Time, shape, into);
                    break;
                case ShapeOp.Folded:
                    writer.Name(shape.Name);
                    into.Write(shape.Literal);
                    break;
                case ShapeOp.Value when row.TryGet(Field.FromUtf8(shape.Column), out var value):
                    writer.Name(shape.Name);
                    WriteAsSent(value, into);
                    break;
            }
        }
        writer.End();
    }

    /// <summary>
    /// What the sender added besides the schema's fields, with its own nesting; the members of a top-level <c>fields</c> stand beside the others.
    /// Returns false, and writes nothing, when there is none.
    /// </summary>
    public static bool WriteAdditions(EventRow row, IBufferWriter<byte> into)
    {
        var writer = new ObjectWriter(into, lazy: true);
        var shape = new ShapeReader(row.Shape);
        var depth = 0;
        var inFields = false;
        while (shape.Read())
        {
            switch (shape.Op)
            {
                case ShapeOp.Open when depth++ == 0 && shape.Name.SequenceEqual("fields"u8):
                    inFields = true;
                    break;
                case ShapeOp.Open:
                    writer.Open(shape.Name);
                    break;
                case ShapeOp.Close when --depth == 0 && inFields:
                    inFields = false;
                    break;
                case ShapeOp.Close:
                    writer.Close();
                    break;
                case ShapeOp.Value:
                    var field = Field.FromUtf8(shape.Column);
                    if (!EventSchema.IsKnown(field) && !EventSchema.IsOwn(field.Name) && row.TryGet(field, out var value))
                    {
                        writer.Name(shape.Name);
                        WriteValue(value, into);
                    }
                    break;
            }
        }
        return writer.EndIfBegun();
    }

    /// <summary>A value as JSON: what is nested beyond the cap as a string.</summary>
    public static void WriteValue(Value value, IBufferWriter<byte> into)
    {
        if (value.Kind is ValueKind.Text or ValueKind.DeepJson or ValueKind.Instant)
        {
            into.Write("\""u8);
            JsonText.Escape(value.Text, into);
            into.Write("\""u8);
        }
        else
        {
            into.Write(value.Text);
        }
    }

    private static void WriteAsSent(Value value, IBufferWriter<byte> into)
    {
        if (value.Kind == ValueKind.DeepJson)
        {
            into.Write(value.Text);
        }
        else
        {
            WriteValue(value, into);
        }
    }

    private static void WriteTime(long time, ShapeReader shape, IBufferWriter<byte> into)
    {
        Span<byte> text = stackalloc byte[Instant.MaxLength + 8];
        var length = Timestamps.Write(time, shape.Time, text);
        into.Write(shape.TimeIsQuoted ? "\""u8 : default);
        into.Write(text[..length]);
        into.Write(shape.TimeIsQuoted ? "\""u8 : default);
    }

    /// <summary>Puts the commas and braces. A lazy one writes an object only once it has a member.</summary>
    private ref struct ObjectWriter(IBufferWriter<byte> into, bool lazy)
    {
        private readonly List<byte[]> pending = [];
        private int begun;
        private bool needsComma;

        public void Begin()
        {
            into.Write("{"u8);
            begun = 1;
        }

        public void Open(ReadOnlySpan<byte> name)
        {
            if (lazy)
            {
                pending.Add(name.ToArray());
                return;
            }
            Name(name);
            into.Write("{"u8);
            begun++;
            needsComma = false;
        }

        public void Close()
        {
            if (pending.Count > 0)
            {
                pending.RemoveAt(pending.Count - 1);
                return;
            }
            into.Write("}"u8);
            begun--;
            needsComma = true;
        }

        public void Name(ReadOnlySpan<byte> name)
        {
            if (begun == 0)
            {
                Begin();
            }
            foreach (var parent in pending)
            {
                Put(parent);
                into.Write("{"u8);
                begun++;
                needsComma = false;
            }
            pending.Clear();
            Put(name);
            needsComma = true;
        }

        public readonly void End() => into.Write("}"u8);

        public readonly bool EndIfBegun()
        {
            if (begun > 0)
            {
                End();
            }
            return begun > 0;
        }

        private readonly void Put(ReadOnlySpan<byte> name)
        {
            into.Write(needsComma ? ",\""u8 : "\""u8);
            into.Write(name);
            into.Write("\":"u8);
        }
    }
}
