using Picket.Events.Normalizing;
using Picket.Events.Schema;

namespace Picket.Events.Parsing;

/// <summary>
/// One step in the memory of how senders write their events: after these members came this one. A path from the root to an event's end is its
/// shape. The step taken last is tried first, so that a sender's next event costs one comparison a name, and no look-up.
/// </summary>
internal sealed class NameNode(NameNode? previous, ShapeOp op, byte[] name, string path)
{
    private readonly Dictionary<ulong, NameNode> children = [];

    public NameNode? Previous { get; } = previous;
    public ShapeOp Op { get; } = op;

    /// <summary>As sent, between the quotes.</summary>
    public byte[] Name { get; } = name;

    /// <summary>The name with its quotes and a colon, as most senders write it.</summary>
    public byte[] Prefix { get; } = [(byte)'"', .. name, (byte)'"', (byte)':'];

    /// <summary>Dotted, from the event's top; for a close, of the object around.</summary>
    public string Path { get; } = path;

    /// <summary>The step taken last from here.</summary>
    public NameNode? Next { get; private set; }

    /// <summary>What to do with an event that ends here; made when the first does.</summary>
    public EventPlan? Plan { get; set; }

    public NameNode? Find(ShapeOp op, ReadOnlySpan<byte> name)
    {
        for (var hash = Key(op, name); children.TryGetValue(hash, out var child); hash++)
        {
            if (child.Op == op && name.SequenceEqual(child.Name))
            {
                return Next = child;
            }
        }
        return null;
    }

    public NameNode Add(ShapeOp op, ReadOnlySpan<byte> name, string path)
    {
        var hash = Key(op, name);
        while (children.ContainsKey(hash))
        {
            hash++;
        }
        var child = new NameNode(this, op, name.ToArray(), path);
        children.Add(hash, child);
        return Next = child;
    }

    private static ulong Key(ShapeOp op, ReadOnlySpan<byte> name) => Field.HashOf(name) + ((ulong)op << 56);
}
