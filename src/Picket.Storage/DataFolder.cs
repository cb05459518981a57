using System.Globalization;
using System.Security.Cryptography;
using Picket.Events;

namespace Picket.Storage;

/// <summary>
/// The data folder: held by one process at a time, with a file <c>format</c> that names its version and its log. Log files are in <c>log</c>,
/// segments in <c>segments</c>, what could not be read in <c>set-aside</c>.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private const int FormatVersion = 1;
    private const string FormatName = "format";
    private readonly FileStream held;

    private DataFolder(string path, FileStream held, uint log)
    {
        Path = path;
        this.held = held;
        Log = log;
    }

    public string Path { get; }

    /// <summary>The log's number, drawn when the folder was made.</summary>
    public uint Log { get; }

    /// <exception cref="IOException">Another process holds it (named), it is not writable, or it is of a later version.</exception>
    public static DataFolder Open(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new IOException($"The data folder {path} cannot be made: {error.Message} Choose another with --data.", error);
        }
        var held = Hold(path);
        try
        {
            return new DataFolder(path, held, ReadOrMakeLog(path));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The number of the log in a folder that another process may hold.</summary>
    /// <exception cref="IOException">It is no data folder, or one of a later version.</exception>
    public static uint LogOf(string path) => File.Exists(System.IO.Path.Combine(path, FormatName))
        ? ReadLog(path)
        : throw new IOException($"{path} is no data folder: it has no file {FormatName}, which picket serve makes when it first starts there.");

    public void Dispose() => held.Dispose();

    private static FileStream Hold(string path)
    {
        // Nobody else can read a file that is held, so the holder's number stands in one beside it.
        var (name, holder) = (System.IO.Path.Combine(path, "lock"), System.IO.Path.Combine(path, "lock.pid"));
        try
        {
            var file = new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return file;
        }
        catch (UnauthorizedAccessException)
        {
            throw new IOException($"The data folder {path} is not writable. Give this user the right to write there, or choose another with --data.");
        }
        catch (IOException error) when (File.Exists(name) && error is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new IOException(
                $"The data folder {path} is in use by process {Holder(holder)}. Two processes must not share one; stop that one or choose another folder with --data.", error);
        }
    }

    private static string Holder(string name) => File.Exists(name) ? File.ReadAllText(name) : "unknown";

    private static uint ReadOrMakeLog(string path)
    {
        var name = System.IO.Path.Combine(path, FormatName);
        if (File.Exists(name))
        {
            return ReadLog(path);
        }
        var log = (uint)RandomNumberGenerator.GetInt32(1, (int)LogPosition.MaxLog);
        var files = new Files.DiskFiles(path);
        File.WriteAllText(name + ".tmp", string.Create(CultureInfo.InvariantCulture, $"picket {FormatVersion} {log}\n"));
        files.Publish(FormatName + ".tmp", FormatName);
        return log;
    }

    private static uint ReadLog(string path)
    {
        var name = System.IO.Path.Combine(path, FormatName);
        var words = File.ReadAllText(name).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words is not ["picket", var version, var number] || !uint.TryParse(number, CultureInfo.InvariantCulture, out var known))
        {
            throw new IOException($"{name} does not say what this folder is; it should read: picket {FormatVersion} NUMBER.");
        }
        return version == FormatVersion.ToString(CultureInfo.InvariantCulture)
            ? known
            : throw new IOException($"The data folder {path} is of format {version}; this picket reads format {FormatVersion}. Use a newer picket.");
    }
}
