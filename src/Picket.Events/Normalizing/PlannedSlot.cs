using System.Runtime.CompilerServices;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Events.Normalizing;

/// <summary>What becomes of one value of an event.</summary>
internal record struct PlannedSlot(Field Field, FieldRole Role)
{
    private ColumnBuilder? column;
    private int columnEpoch;

    /// <summary>The same name comes again later, and the last counts.</summary>
    public bool Skip { get; set; }

    /// <summary>Where what was sent is kept when the field itself cannot hold it.</summary>
    public Field RawField { get; } = Role switch
    {
        FieldRole.Time => EventSchema.TsOriginal,
        FieldRole.Level => EventSchema.LevelRaw,
        FieldRole.Severity => EventSchema.SeverityRaw,
        FieldRole.Address => new Field(Field.Name + "_raw"),
        _ => Field,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ColumnBuilder ColumnIn(EventBatchBuilder builder)
    {
        if (column is null || columnEpoch != builder.ColumnEpoch)
        {
            column = builder.ColumnFor(Field);
            columnEpoch = builder.ColumnEpoch;
        }
        return column;
    }
}
