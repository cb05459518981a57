using Picket.Query.Text;

namespace Picket.Query.Operators;

/// <summary>An operator that looks for one text without regard to case; equal when the texts are.</summary>
public abstract record TextOperator(string Text) : Operator
{
    private Needle? needle;

    // Made when first needed; two threads at once make two equal ones.
    protected Needle Needle => needle ??= new Needle(Text);

    public virtual bool Equals(TextOperator? other) => other is not null && EqualityContract == other.EqualityContract && Text == other.Text;

    public override int GetHashCode() => HashCode.Combine(EqualityContract, Text);
}
