namespace Picket.Query.Pipes;

/// <summary>
/// One step of what a query does with the events it finds, behind a bar: each takes rows and gives rows. Immutable; written as the query language reads it.
/// </summary>
public abstract record Pipe
{
    /// <summary>As the query language writes it.</summary>
    public sealed override string ToString() => Print();

    protected abstract string Print();
}
