// On the JVM, by rhino: a thread pool, a garbage collection, a child process, a socket.
importPackage(java.util.concurrent, java.net, java.io);

var pool = Executors.newFixedThreadPool(4);
var future = pool.submit(new Callable({call: function() { return String(6 * 7); }}));
var number = future.get(10, TimeUnit.SECONDS);
java.lang.System.gc();
if (new java.lang.ProcessBuilder(['true']).start().waitFor() != 0) throw 'child process';

var listener = new ServerSocket(8005, 1, InetAddress.getByName('127.0.0.1'));
pool.submit(new java.lang.Runnable({run: function() {
  var peer = listener.accept();
  new PrintStream(peer.getOutputStream(), true).println(number);
  peer.close();
}}));
var client = new Socket('127.0.0.1', 8005);
print('answer: ' + new BufferedReader(new InputStreamReader(client.getInputStream())).readLine());
pool.shutdown();
