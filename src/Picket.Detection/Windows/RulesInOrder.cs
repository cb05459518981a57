namespace Picket.Detection.Windows;

/// <summary>
/// Takes the events of one instant after those of another: with each instant as many further rules as have events of their own among its events. Having come further is never worse,
/// so that the first way found is the furthest.
/// </summary>
/// <param name="rules">How many there are.</param>
internal sealed class RulesInOrder(int rules) : WindowMeasure
{
    // Mostly a rule has no event at all.
    private readonly RulesTogether together = new(condition: null);

    // For each event of an instant the rule it was taken for. Made when events of all rules are there, which most groups never have.
    private List<int> takenFor = null!;
    private List<bool> tried = null!;

    public override void Add(in WindowEntry entry) => together.Add(entry);

    public override void Forget(in WindowEntry entry) => together.Forget(entry);

    public override void Clear() => together.Clear();

    /// <summary>How far they come in order; none where one is missing.</summary>
    public override decimal Of(ReadOnlySpan<WindowEntry> window)
    {
        if (together.Of(window) < rules)
        {
            return 0;
        }
        (takenFor, tried) = (takenFor ?? [], tried ?? []);
        var next = 0;
        for (var from = 0; from < window.Length && next < rules;)
        {
            var to = from + 1;
            while (to < window.Length && window[to].Time == window[from].Time)
            {
                to++;
            }
            var instant = window[from..to];
            takenFor.Clear();
            for (var i = 0; i < instant.Length; i++)
            {
                takenFor.Add(-1);
            }
            while (next < rules && TryTake(instant, next))
            {
                next++;
            }
            from = to;
        }
        return next;
    }

    private bool TryTake(ReadOnlySpan<WindowEntry> instant, int rule)
    {
        tried.Clear();
        for (var i = 0; i < instant.Length; i++)
        {
            tried.Add(false);
        }
        return TryPlace(instant, rule);
    }

    // An event that another rule took is free when that rule can take another.
    private bool TryPlace(ReadOnlySpan<WindowEntry> instant, int rule)
    {
        for (var i = 0; i < instant.Length; i++)
        {
            if ((instant[i].Inputs & (1ul << rule)) != 0 && !tried[i])
            {
                tried[i] = true;
                if (takenFor[i] < 0 || TryPlace(instant, takenFor[i]))
                {
                    takenFor[i] = rule;
                    return true;
                }
            }
        }
        return false;
    }
}
