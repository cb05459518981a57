using Picket.Events.Schema;

namespace Picket.Storage.Segments;

/// <summary>Columns that every block has. Their names begin with a NUL and so meet no sender's.</summary>
internal static class SystemColumns
{
    public static readonly Field Tenant = new("\0tenant");
    public static readonly Field Time = new("\0ts");
    public static readonly Field Received = new("\0received_at");
    public static readonly Field Seq = new("\0seq");

    /// <summary>A column of text: the shapes of the block's events.</summary>
    public static readonly Field Shape = new("\0shape");

    public static bool IsNumbers(Field field) => IsOne(field) && !field.Equals(Shape);

    public static bool IsOne(Field field) => field.Name is ['\0', ..] && !field.Equals(Events.Batches.Overflow.Field);
}
