using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Operators;

namespace Picket.Detection.Matching;

/// <summary>A rule's filter made ready: the same tree, in which a term that the index of its field answers is a number to look up. Immutable, thread-safe.</summary>
internal abstract class Condition
{
    /// <summary>What it costs to ask, roughly; the cheap parts are asked first.</summary>
    public abstract int Cost { get; }

    /// <summary>What the indices alone say of the event that is looked at: whether it holds, or null where an operator must be asked.</summary>
    public abstract bool? Known(EventTerms terms);

    /// <summary>Whether it holds for the event that is looked at.</summary>
    public abstract bool Holds(EventTerms terms);

    public sealed class AllOf(Condition[] parts) : Condition
    {
        private readonly Condition[] parts = [.. parts.OrderBy(part => part.Cost)];

        public IReadOnlyList<Condition> Parts => parts;

        public override int Cost => parts.Sum(part => part.Cost);

        public override bool? Known(EventTerms terms)
        {
            bool? all = true;
            foreach (var part in parts)
            {
                switch (part.Known(terms))
                {
                    case false:
                        return false;
                    case null:
                        all = null;
                        break;
                }
            }
            return all;
        }

        public override bool Holds(EventTerms terms)
        {
            foreach (var part in parts)
            {
                if (!part.Holds(terms))
                {
                    return false;
                }
            }
            return true;
        }
    }

    public sealed class AnyOf(Condition[] parts) : Condition
    {
        private readonly Condition[] parts = [.. parts.OrderBy(part => part.Cost)];

        public IReadOnlyList<Condition> Parts => parts;

        public override int Cost => parts.Sum(part => part.Cost);

        public override bool? Known(EventTerms terms)
        {
            bool? any = false;
            foreach (var part in parts)
            {
                switch (part.Known(terms))
                {
                    case true:
                        return true;
                    case null:
                        any = null;
                        break;
                }
            }
            return any;
        }

        public override bool Holds(EventTerms terms)
        {
            foreach (var part in parts)
            {
                if (part.Holds(terms))
                {
                    return true;
                }
            }
            return false;
        }
    }

    public sealed class Negated(Condition part) : Condition
    {
        public override int Cost => part.Cost;

        public override bool? Known(EventTerms terms) => !part.Known(terms);

        public override bool Holds(EventTerms terms) => !part.Holds(terms);
    }

    /// <summary>A term whose text the index of its field looks for; where finding the text is not yet the answer, the operator is asked besides.</summary>
    public sealed class Indexed(FieldIndex index, int predicate, Operator? besides) : Condition
    {
        public FieldIndex Index => index;

        public int Predicate => predicate;

        public override int Cost => besides is null ? 1 : 100;

        public override bool? Known(EventTerms terms) => !terms.Has(index, predicate) ? false : besides is null ? true : null;

        public override bool Holds(EventTerms terms) => terms.Has(index, predicate) && (besides is null || terms.Matches(index.Field, besides));
    }

    /// <summary>A term that its operator answers for each event.</summary>
    /// <param name="index">Of the field; null where none of its values need be there.</param>
    public sealed class Asked(FieldIndex? index, Field? field, Operator op) : Condition
    {
        public FieldIndex? Index => index;

        public override int Cost => op is MatchesRegex ? 200 : 20;

        // Of a text in any field this would ask about every field, to learn that one has a value.
        public override bool? Known(EventTerms terms) => index?.Field is null || terms.Has(index, index.Present) ? null : false;

        public override bool Holds(EventTerms terms) => terms.Matches(field, op);
    }

    /// <summary>A term that its operator answers for all of a batch at once, for less than asking about a few of its events.</summary>
    /// <param name="number">Its number among these.</param>
    /// <param name="index">Of the field; null where none of its values need be there.</param>
    public sealed class Swept(int number, FieldIndex? index, Filter.Term term) : Condition
    {
        public FieldIndex? Index => index;

        public override int Cost => 2;

        public override bool? Known(EventTerms terms) => Holds(terms);

        public override bool Holds(EventTerms terms) => terms.Swept(number, term);
    }

    public sealed class SameAs(FieldIndex index, Filter.SameAs same) : Condition
    {
        public FieldIndex Index => index;

        public override int Cost => 20;

        public override bool? Known(EventTerms terms) => terms.Has(index, index.Present) ? null : false;

        public override bool Holds(EventTerms terms) => terms.TryGet(same.Field, out var value) && terms.TryGet(same.Other, out var other) && SameValue.Holds(same, value, other);
    }
}
