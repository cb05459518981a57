namespace Picket.Testing;

/// <summary>Test data that lies beside the project, not in it. A test that needs it skips, saying so, where it is absent.</summary>
public static class SharedData
{
    /// <summary>The folder's full path, or null.</summary>
    public static string? Find(params string[] path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var found = Path.Combine([folder.FullName, "shared", "data", .. path]);
            if (Directory.Exists(found) || File.Exists(found))
            {
                return found;
            }
        }
        return null;
    }

    /// <summary>The repository's own folder.</summary>
    public static string Repository { get; } = FindRepository();

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Picket.slnx")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException("The tests do not run from within the repository.");
    }
}
