namespace Picket.Events;

/// <summary>Whose events these are. A number given out by the metastore; never ambient, always the first member of a question.</summary>
public readonly record struct TenantId(uint Number)
{
    /// <summary>The tenant that exists from the first start.</summary>
    public static readonly TenantId Default = new(1);

    public override string ToString() => Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
