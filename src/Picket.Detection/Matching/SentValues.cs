using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Detection.Matching;

/// <summary>The values that an event came with, one after the other, those in the overflow too; not what was added when it arrived.</summary>
internal ref struct SentValues(EventBatch batch, int row)
{
    private int field = -1;
    private Overflow.Pairs further = new([]);

    public Value Current { get; private set; }

    public bool MoveNext()
    {
        while (true)
        {
            if (further.MoveNext())
            {
                Current = new Value(further.Kind, further.Text);
                return true;
            }
            if (++field >= batch.Fields.Count)
            {
                return false;
            }
            var name = batch.Fields[field];
            var isOverflow = name.Equals(Overflow.Field);
            if ((EventSchema.IsAdded(name) && !isOverflow) || !batch.TryGetColumn(name, out var column) || !column.TryGet(row, out var value))
            {
                continue;
            }
            if (!isOverflow)
            {
                Current = value;
                return true;
            }
            further = new Overflow.Pairs(value.Text);
        }
    }
}
